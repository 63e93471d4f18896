"""`pytest --data DIR`: an option and its path, apart or joined, anywhere on the disk."""

import subprocess
import sys
from pathlib import Path

from release.pytest_options import joined

ROOT = Path(__file__).parents[2]


def test_paths_are_joined_to_their_options_and_the_rest_is_left_alone() -> None:
    given = ["-m", "release", "--data", "/a b", "--key=/k", "--prompts", "3", "--store", "-q", "golden"]
    assert joined(given) == ["-m", "release", "--data=/a b", "--key=/k", "--prompts", "3", "--store", "-q", "golden"]


def test_a_path_outside_the_tree_does_not_move_pytest_away_from_its_settings(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-m", "release", "--data", str(tmp_path), "--collect-only", "-q"]
    done = subprocess.run([*command, "release"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_release.py" in done.stdout
