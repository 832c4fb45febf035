"""What differs between two runs: questions, scorers, prompts and edited answers, which make it unfair; and the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from ragvsft.core.values import WaveQuestion
from ragvsft.verdict.inputs import ArmInputs, RunInputs, WaveInputs

Kind = Literal["questions", "scorers", "prompts", "answers"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_FEW = 3
_AROUND = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """A run that is compared."""

    label: str
    """Its name, told apart from the others."""
    inputs: RunInputs
    frames: Mapping[str, str] = field(default_factory=dict)
    """Arm -> its prompt without question and passages (`reading_runs`), where it is known."""

    def at(self, wave: date) -> WaveInputs | None:
        """A wave of the run; None: it was not begun."""
        return next((one for one in self.inputs.waves if one.wave == wave), None)

    def arm(self, name: str) -> ArmInputs | None:
        """An arm of the run by its name."""
        return next((one for one in self.inputs.arms if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that differs between two runs, or was done to one, and must not, unless it is allowed."""

    kind: Kind
    text: str


def unfair_differences(
    base: ComparedRun, other: ComparedRun, *, wave: date, pairs: Sequence[tuple[str, str]], metric: str
) -> tuple[Difference, ...]:
    """What keeps scores of two runs from being compared, in words.

    Both are scored by the metrics as they are now, so that versions of code make no difference. Accepted answers
    belong to the questions.

    Args:
        base: the run that the other is compared with.
        other: the other.
        wave: begun in both.
        pairs: arm of the base, arm of the other.
        metric: by which they are compared.
    """
    found = [Difference(kind="questions", text=text) for text in _questions(base, other, wave)]
    found += [Difference(kind="scorers", text=text) for text in _scorers(base, other, metric)]
    found += [Difference(kind="prompts", text=text) for text in _prompts(base, other, pairs)]
    found += [Difference(kind="answers", text=text) for run in (base, other) for text in _edited(run)]
    return tuple(found)


def is_same_question(one: WaveQuestion, other: WaveQuestion) -> bool:
    """Whether both ask the same of the same fact; accepted answers may differ."""
    return (one.question_id, one.fact_id, one.question) == (other.question_id, other.fact_id, other.question)


def told_differences(base: ComparedRun, other: ComparedRun, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What else differs and explains the scores: models, environment, settings of like-named arms."""
    mine, theirs = base.inputs.manifest, other.inputs.manifest
    told = []
    if mine.model.weights_sha256 != theirs.model.weights_sha256:
        told.append(f"base model: {_both(base, mine.model.name, other, theirs.model.name)}")
    if mine.embedder != theirs.embedder:
        told.append(f"embedder: {_both(base, mine.embedder, other, theirs.embedder)}")
    for name, (here, there) in mine.environment.differences(theirs.environment).items():
        told.append(f"{name}: {_both(base, here, other, there)}")
    for base_arm, arm in pairs:
        here, there = base.arm(base_arm), other.arm(arm)
        if base_arm != arm or here is None or there is None:
            continue
        names = [name for name in {**here.settings, **there.settings} if name != "style"]
        keys = [name for name in names if here.settings.get(name) != there.settings.get(name)]
        settings = [f"{key} {_both(base, here.settings.get(key), other, there.settings.get(key))}" for key in keys]
        if settings:
            told.append(f"{arm}: {'; '.join(settings)}")
    changed = [name for name in mine.index_files if mine.index_files[name] != theirs.index_files.get(name)]
    told += [f"index {name}: its file differs" for name in changed if name in theirs.index_files]
    return tuple(told)


def _edited(run: ComparedRun) -> list[str]:
    n = run.inputs.n_edited_units
    if not n:
        return []
    batches = "one batch of questions" if n == 1 else f"{n:,} batches of questions"
    return [f"answers of {batches} of {run.label} were changed after the lab had written them"]


def _questions(base: ComparedRun, other: ComparedRun, wave: date) -> list[str]:
    mine, theirs = _planned(base, wave), _planned(other, wave)
    told = []
    for run, here, there, absent in ((base, mine, theirs, other), (other, theirs, mine, base)):
        only = [name for name in here if name not in there]
        if only:
            told.append(
                f"{len(only):,} of {len(here):,} questions of {run.label} are not in {absent.label} {_some(only)}"
            )
    shared = [name for name in mine if name in theirs]
    reworded = [name for name in shared if not is_same_question(mine[name], theirs[name])]
    if reworded:
        told.append(f"{len(reworded):,} have the same id and ask something else {_some(reworded)}")
    answered = [name for name in shared if name not in reworded and _accepted(mine[name]) != _accepted(theirs[name])]
    if answered:
        told.append(f"{len(answered):,} have other accepted answers {_some(answered)}")
    return told


def _planned(run: ComparedRun, wave: date) -> dict[str, WaveQuestion]:
    at = run.at(wave)
    return {question.question_id: question for question in at.planned} if at else {}


def _accepted(question: WaveQuestion) -> tuple[object, ...]:
    return frozenset(question.answers), question.answerable


def _scorers(base: ComparedRun, other: ComparedRun, metric: str) -> list[str]:
    mine, theirs = base.inputs, other.inputs
    told = []
    if mine.task != theirs.task:
        told.append(f"task, which picks the metrics: {_both(base, mine.task, other, theirs.task)}")
    here, there = mine.manifest.dataset, theirs.manifest.dataset
    if set(here.labels) != set(there.labels):
        told.append(f"labels: {_both(base, ', '.join(here.labels), other, ', '.join(there.labels))}")
    if set(here.abstain) != set(there.abstain):
        told.append(f"words for not knowing: {_both(base, ' / '.join(here.abstain), other, ' / '.join(there.abstain))}")
    is_annotated = any(name == metric for run in (mine, theirs) for at in run.waves for *_, name in at.annotations)
    if is_annotated and mine.manifest.embedder != theirs.manifest.embedder:
        told.append(
            f"the model behind {metric}: {_both(base, mine.manifest.embedder, other, theirs.manifest.embedder)}"
        )
    return told


def _prompts(base: ComparedRun, other: ComparedRun, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Instruction and styles as configured; prompts as they were asked where both runs have the same model.

    Models render the same chat differently. Where they differ, what the few-shot examples are drawn from is compared.
    """
    here, there = _lab(base).get("instruction"), _lab(other).get("instruction")
    told = (
        [f"instruction: {_both(base, here or 'the default', other, there or 'the default')}"] if here != there else []
    )
    same_model = base.inputs.manifest.model.weights_sha256 == other.inputs.manifest.model.weights_sha256
    few_shot = []
    for base_arm, arm in pairs:
        mine, theirs = base.arm(base_arm), other.arm(arm)
        if mine is None or theirs is None or "recorded" in (mine.kind, theirs.kind):
            continue
        styles = _style(base, mine), _style(other, theirs)
        if styles[0] != styles[1]:
            told.append(f"style of {_arms(base_arm, arm)}: {_both(base, styles[0], other, styles[1])}")
        elif same_model and here == there:
            asked, asked_there = base.frames.get(base_arm), other.frames.get(arm)
            if asked is not None and asked_there is not None and asked != asked_there:
                changed = _first_change(base, other, asked, asked_there)
                told.append(f"wording or examples of {_arms(base_arm, arm)}: {changed}")
        elif not same_model and styles[0].startswith("few_shot"):
            few_shot.append(_arms(base_arm, arm))
    if few_shot and _examples_from(base) != _examples_from(other):
        told.append(f"few-shot examples of {', '.join(few_shot)}: they are drawn from other facts")
    return told


def _style(run: ComparedRun, arm: ArmInputs) -> str:
    """An arm with an adapter is asked in the style in which the adapter was trained."""
    configured = run.inputs.adapters.get(arm.adapter, {}) if arm.adapter else arm.settings
    return str(configured.get("style") or arm.settings.get("style") or "chat")


def _examples_from(run: ComparedRun) -> tuple[object, ...]:
    manifest = run.inputs.manifest
    split = manifest.configuration.get("split", {})
    return (
        manifest.dataset.content_hash,
        tuple(sorted(manifest.split.get("training_only", ()))),
        run.inputs.planned_waves[:1],
        split.get("seed") if isinstance(split, Mapping) else None,
    )


def _lab(run: ComparedRun) -> Mapping[str, object]:
    lab = run.inputs.manifest.configuration.get("lab", {})
    return lab if isinstance(lab, Mapping) else {}


def _first_change(base: ComparedRun, other: ComparedRun, here: str, there: str) -> str:
    at = next(
        (n for n, (one, two) in enumerate(zip(here, there, strict=False)) if one != two), min(len(here), len(there))
    )
    start = max(0, at - _AROUND // 2)
    return _both(base, f"“{_part(here, start)}”", other, f"“{_part(there, start)}”")


def _part(text: str, start: int) -> str:
    end = start + 2 * _AROUND
    return f"{'…' if start else ''}{' '.join(text[start:end].split())}{'…' if end < len(text) else ''}"


def _both(base: ComparedRun, here: object, other: ComparedRun, there: object) -> str:
    return f"{_shown(here)} in {base.label}, {_shown(there)} in {other.label}"


def _shown(value: object) -> str:
    return "none" if value is None or value == "" else str(value)


def _arms(base_arm: str, arm: str) -> str:
    return arm if arm == base_arm else f"{base_arm} and {arm}"


def _some(names: Sequence[str]) -> str:
    return f"({', '.join(names[:_FEW])}{', …' if len(names) > _FEW else ''})"
