"""The phones as a stage of the line: a tier's run is an artifact, made again when anything that it ran on changes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from line import digest
from line.binding import build_info
from line.paths import REPO
from line.store import Artifact, Recipe, Store
from sims.report import TierResult
from sims.runner import Phones, run_tier
from sims.tiers import TIERS_FILE, find_tier

TURNS = Path(__file__).with_name("turns.jsonl")
CODE = ("sims.agent", "sims.runner")
READ = (REPO / "josi" / "data", REPO / "josi" / "schemas")  # by the agent, in the phone


@dataclass
class StoredPhones(Phones):
    """Phones whose results are kept in the artifact store; a run that failed for no fault of the models is not kept."""

    store: Store | None = None

    def result(self, tier: str) -> TierResult:
        """The tier's result, from the store if nothing changed (raises as `run_tier`)."""
        if tier not in self.results:
            self.results[tier] = self._stored(self.store or Store(), tier)
        return self.results[tier]

    def _stored(self, store: Store, tier: str) -> TierResult:
        recipe = self.recipe(tier)

        def build(out: Path) -> None:
            run_tier(tier, self.models, turns=self.turns, out=out)

        made = store.make(recipe, build)
        result = _read(made, tier)
        if made.reused and result.verdict == "failed":  # a kill came before it could be forgotten
            store.forget(made)
            made = store.make(recipe, build)
            result = _read(made, tier)
        if result.verdict != "failed":
            return replace(result, events=str(made.path / Path(result.events).name))
        kept = self.out / tier
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(made.path, kept)
        store.forget(made)
        return replace(result, events=str(kept / Path(result.events).name))

    def recipe(self, tier: str) -> Recipe:
        """What decides a tier's result: its models, the phone, the turns, the agent and llama.cpp's build."""
        files = self.models.needed(find_tier(tier).configuration)
        inputs = {name: digest.of_file(path) for name, path in files.items()}
        inputs |= {folder.name: digest.of_tree(folder) for folder in READ}
        inputs |= {"tiers": digest.of_file(TIERS_FILE), "turns": digest.of_file(TURNS)}
        if self.turns is not None:
            inputs["turns"] = digest.of_json([repr(turn) for turn in self.turns])
        return Recipe(f"phone_{tier}", inputs, {"llama_cpp": build_info()}, CODE)


def _read(made: Artifact, tier: str) -> TierResult:
    return TierResult.from_json(made.file(f"{tier}.json").read_text(encoding="utf-8"))
