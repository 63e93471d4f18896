"""The line: every stage of a release as a property, each made from the artifacts of those before it, at most once.

The session fixtures of `conftest.py` and the `josi` command are thin skins on this object.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from evals.baseline import compare
from evals.calibration import Fit, fits
from evals.checks import Check
from evals.judge import Judgement
from evals.judged import judged
from evals.paired import Comparison
from evals.parity import parity_artifact
from evals.predictions import Sample
from evals.probe import require_loadable
from evals.run import STATS, Progress, RoleModel, predict
from evals.samples import DEFAULT_PROMPTS, EvalCase, read_prompts, read_rows, reduce
from evals.thresholds import Thresholds
from evals.thresholds import load as load_thresholds
from golden.alarms import alarm_cases
from golden.scenarios import Scenario, load_explainer, load_scenarios
from golden.scenarios import eval_cases as golden_cases
from golden.verdict import golden_check
from grammars.build import DECISION
from josi.chat_format import stop_text
from line.errors import InputError
from line.paths import REPO
from line.store import Artifact, Store
from release.settings import LineSettings, load_settings
from sims.runner import Phones, TierModels
from sims.stage import StoredPhones
from training.base import base_artifact
from training.catalogue import BaseModel, entry
from training.checkpoints import Checkpoint, checkpoint, pin, train_artifact
from training.dataset import data_artifact, leaks_of, own_data_artifact, read_split
from training.models import base_models, role_models
from training.recipes import RECIPES, ROLES, TrainRecipe, load_recipe, rows_wanted
from training.texts import prompt_text, target_text

BASELINE = REPO / "evals" / "baseline"
Show = Callable[[str], Progress]


def silent(_title: str) -> Progress:
    """A `Show` that shows nothing."""
    return lambda _done, _total: None


def held_out_messages() -> list[str]:
    """Every message of the evaluation sets, which no training row may repeat."""
    golden = golden_cases(load_scenarios(), load_explainer())
    return [case.message for case in [*read_prompts(DEFAULT_PROMPTS), *golden]]


@dataclass(frozen=True)
class GivenModels:
    """GGUF files to evaluate in place of the line's own; role -> address of a server that serves the role's file.

    `grammar`: whether the Interpreter is held to its grammar; without it, it shows what it learnt of the form.
    """

    interpreter: Path | None = None
    explainer: Path | None = None
    servers: Mapping[str, str] = field(default_factory=dict)
    grammar: bool = True


class Line:
    """One run of the line over one store."""

    def __init__(self, settings: LineSettings | None = None, store: Store | None = None, show: Show = silent) -> None:
        self.settings = settings or load_settings()
        self.store = store or Store()
        self.show = show
        self.given = GivenModels()

    @cached_property
    def recipes(self) -> Mapping[str, TrainRecipe]:
        """How each role is trained."""
        return {role: load_recipe(role, self.settings.recipes or RECIPES) for role in ROLES}

    @cached_property
    def model(self) -> BaseModel:
        """The catalogue entry of the base that both roles stand on.

        Raises:
            InputError: the roles name different bases; a tier that swaps adapters needs one for both.
        """
        bases = {recipe.base for recipe in self.recipes.values()}
        if len(bases) > 1:
            raise InputError(f"the recipes name several bases ({', '.join(sorted(bases))}); give one.")
        return entry(self.recipes["interpreter"].base)

    @cached_property
    def base(self) -> Artifact:
        """The base checkpoint in Hugging Face layout."""
        return base_artifact(self.store, self.model, self.settings.base_dir)

    @cached_property
    def data(self) -> Artifact:
        """Training and validation rows of both roles."""
        if self.settings.data:
            return own_data_artifact(self.store, self.settings.data)
        sizes, draws = rows_wanted(self.recipes)
        return data_artifact(self.store, sizes, self.settings.seed, held_out_messages(), draws)

    @cached_property
    def leaks(self) -> list[str]:
        """Training messages that come near a message of an evaluation set."""
        return leaks_of(self.store, self.data, held_out_messages())

    @cached_property
    def checkpoints(self) -> Mapping[str, Checkpoint]:
        """The adapters to ship; with `retrain` trained by this tree and kept as pins in OUT/checkpoints."""
        return {role: self._checkpoint(role) for role in ROLES}

    def _checkpoint(self, role: str) -> Checkpoint:
        parts = (self.store, self.data, self.base, self.model, self.recipes[role])
        if not self.settings.retrain:
            return checkpoint(*parts)
        made = train_artifact(*parts)
        pin(role, made, self.settings.out / "checkpoints")
        return Checkpoint(role, made.path / "adapter", made.digest, True, "trained")

    @cached_property
    def base_gguf(self) -> Artifact:
        """The bare base as GGUF, for phones that swap adapters."""
        return base_models(self.store, self.base, self.model, self.settings.version)

    @cached_property
    def ggufs(self) -> Mapping[str, Artifact]:
        """Each role's merged and quantised files."""
        return {
            role: role_models(self.store, self.base, self.model, found, self.settings.version)
            for role, found in self.checkpoints.items()
        }

    def gguf(self, role: str, kind: str = "Q4_K_M") -> Path:
        """One of a role's files."""
        return self.ggufs[role].file(f"{role}.{kind}.gguf")

    @cached_property
    def parity(self) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
        """role -> kind -> figures of `evals.parity.Parity`, GGUF against checkpoint on validation rows."""
        return {role: self._parity(role) for role in ROLES}

    def _parity(self, role: str) -> Mapping[str, Mapping[str, float]]:
        rows = read_split(self.data.path, role).val[: self.settings.parity_rows]
        stop = stop_text(self.model.chat_format)
        texts = [(prompt_text(row, self.model.chat_format), target_text(row, role) + stop) for row in rows]
        files = {kind: self.gguf(role, kind) for kind in ("F16", "Q8_0", "Q4_K_M")}
        made = parity_artifact(self.store, self.ggufs[role].path / "merged", files, texts)
        found: Mapping[str, Mapping[str, float]] = json.loads(made.file("parity.json").read_text())
        return found

    @cached_property
    def thresholds(self) -> Thresholds:
        """The ship thresholds."""
        return load_thresholds()

    @cached_property
    def scenarios(self) -> list[Scenario]:
        """The golden scenarios; all of them, also in a reduced run."""
        return load_scenarios()

    @cached_property
    def cases(self) -> Mapping[str, list[EvalCase]]:
        """Set name -> cases. The Interpreter is judged on `prompts`, written by hand, and on `alarms`; `validation` is
        reported."""
        validation = {role: read_rows(self.data.file(f"val_{role}.jsonl"), role) for role in ROLES}  # type: ignore[arg-type]
        prompts = read_prompts(self.settings.prompt_file or DEFAULT_PROMPTS)
        asked_there = {case.id for case in prompts}  # the map of confidence is fitted on rows that no prompt repeats
        sets = {
            "prompts": prompts,
            "validation": [case for case in validation["interpreter"] if case.id not in asked_there],
            "explainer": validation["explainer"],
            "alarms": alarm_cases(),
        }
        if self.settings.prompts is not None:
            sets = {name: reduce(cases, self.settings.prompts) for name, cases in sets.items()}
        golden = golden_cases(self.scenarios, load_explainer())
        sets["golden"] = [case for case in golden if case.role == "interpreter"]
        sets["explainer"] = sets["explainer"] + [case for case in golden if case.role == "explainer"]
        return sets

    @cached_property
    def judgements(self) -> Mapping[str, Judgement]:
        """Set name -> what the models' answers to it came to."""
        return {name: self.judgement(name) for name in self.cases}

    @cached_property
    def golden_check(self) -> Check:
        """All golden scenarios pass."""
        return golden_check(self.scenarios, self.judgement("golden").samples, self.thresholds)

    @cached_property
    def comparison(self) -> Comparison | None:
        """All judged samples against the blessed baseline, paired; None while nothing is blessed."""
        samples = [sample for found in self.judgements.values() for sample in found.samples]
        return compare(samples, BASELINE, self.thresholds)[0]

    @cache  # noqa: B019 - a line lives as long as its run
    def judgement(self, name: str) -> Judgement:
        """One set's answers, judged."""
        role = "explainer" if name == "explainer" else "interpreter"
        parts = (self.cases[name], self.answers(name), self.thresholds)
        return judged(self.store, role, *parts, grammar=self.given.grammar)

    @cache  # noqa: B019
    def answers(self, name: str) -> Artifact:
        """The model's answers to one set."""
        role = "explainer" if name == "explainer" else "interpreter"
        return predict(self.store, self.role_model(role), self.cases[name], self.show(name))

    @cached_property
    def confidence_fits(self) -> Sequence[Fit]:
        """A map from each signal of how sure the Interpreter is to confidence, best first."""
        return fits(self.judgement("validation").samples)

    @property
    def confidence(self) -> Fit | None:
        """The map that ships; None where the validation rows cannot tell."""
        return next(iter(self.confidence_fits), None)

    def engine_stats(self, name: str) -> Mapping[str, float]:
        """The engine's figures of the run that answered this set."""
        found: Mapping[str, float] = json.loads(self.answers(name).file(STATS).read_text())
        return found

    @cache  # noqa: B019 - a given file is opened in a child process once, not once a set
    def role_model(self, role: str) -> RoleModel:
        """What answers for the role when it is evaluated: its Q4_K_M, the Interpreter under the grammar."""
        held = role == "interpreter" and self.given.grammar
        grammar = self.grammar.read_text(encoding="utf-8") if held else None
        given: Path | None = getattr(self.given, role)
        if given:
            require_loadable(given)
        server = self.given.servers.get(role, "")
        return RoleModel(role, given or self.gguf(role), None, grammar, self.recipes[role].max_new_tokens, server)

    @property
    def grammar(self) -> Path:
        """The grammar that the Interpreter is held to."""
        return DECISION

    @cached_property
    def phones(self) -> Phones:
        """The three simulated phones on the release's files; a tier runs when its result is asked for."""
        models = TierModels(
            self.grammar,
            interpreter=self.gguf("interpreter"),
            explainer=self.gguf("explainer"),
            base=self.base_gguf.file("base.Q4_K_M.gguf"),
            interpreter_adapter=self.ggufs["interpreter"].file("interpreter.lora.gguf"),
            explainer_adapter=self.ggufs["explainer"].file("explainer.lora.gguf"),
        )
        return StoredPhones(models, self.settings.out / "phones", store=self.store)


def asked(line: Line, model: RoleModel, cases: Sequence[EvalCase], title: str) -> Sequence[Sample]:
    """A model's answers to cases of its role, judged; `title` names the progress bar."""
    answers = predict(line.store, model, cases, line.show(title))
    return judged(line.store, model.role, cases, answers, line.thresholds).samples
