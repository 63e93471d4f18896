"""The phones as a stage of the line: a phone's run is an artifact, made again when anything that it ran on changes."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from line import digest
from line.binding import build_info
from line.paths import REPO
from line.store import Artifact, Recipe, Store
from sims.life import CHAT_CONTEXTS, GOLDEN, TURNS_FILE
from sims.report import TierResult
from sims.runner import Phones, run_tier
from sims.tiers import TIERS_FILE, SimPhone

CODE = ("sims.agent", "sims.runner")
READ = (REPO / "josi" / "data", REPO / "josi" / "schemas")  # by the agent, in the phone


@dataclass
class StoredPhones(Phones):
    """Phones whose results are kept in the artifact store; a run that failed for no fault of the models is not kept."""

    store: Store | None = None

    def _run(self, phone: SimPhone) -> TierResult:
        store, recipe = self.store or Store(), self.recipe(phone)

        def build(out: Path) -> None:
            run_tier(phone, self.models, turns=self.turns, out=out)

        made = store.make(recipe, build)
        result = _read(made, phone)
        if made.reused and result.verdict == "failed":  # a kill came before it could be forgotten
            store.forget(made)
            made = store.make(recipe, build)
            result = _read(made, phone)
        if result.verdict != "failed":
            return replace(result, events=str(made.path / Path(result.events).name))
        kept = self.out / phone.name
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(made.path, kept)
        store.forget(made)
        return replace(result, events=str(kept / Path(result.events).name))

    def recipe(self, phone: SimPhone) -> Recipe:
        """What decides a phone's result: its models, the phone, the turns, the agent and llama.cpp's build."""
        inputs = {name: digest.of_file(path) for name, path in self.models.needed(phone.configuration).items()}
        inputs |= {folder.name: digest.of_tree(folder) for folder in READ}
        inputs |= {path.name: digest.of_file(path) for path in (TIERS_FILE, TURNS_FILE, GOLDEN, CHAT_CONTEXTS)}
        if self.turns is not None:
            inputs["turns"] = digest.of_json([repr(turn) for turn in self.turns])
        return Recipe(f"phone_{phone.tier}", inputs, {"llama_cpp": build_info(), "phone": asdict(phone)}, CODE)


def _read(made: Artifact, phone: SimPhone) -> TierResult:
    return TierResult.from_json(made.file(f"{phone.name}.json").read_text(encoding="utf-8"))
