"""What a reader must know before believing a number, in sentences."""

from collections.abc import Sequence
from datetime import date

from ragvsft.verdict.inputs import RunInputs

Progress = tuple[date, int, int, tuple[str, ...]]
"""(wave, questions that every arm answered, questions planned, arms without any answer)."""


def notes(inputs: RunInputs, waves: Sequence[Progress]) -> tuple[str, ...]:
    """The sentences, the gravest first; none for a finished run without anything unusual."""
    found = (
        _unfinished(inputs, waves),
        _sampled(inputs),
        _integrity(inputs),
        _search(inputs),
        _seeds(inputs),
        _parity(inputs),
    )
    return (*(note for group in found for note in group), *_arms(inputs))


def _unfinished(inputs: RunInputs, waves: Sequence[Progress]) -> list[str]:
    found = []
    for wave, n_asked, n_planned, not_asked in waves:
        if n_asked < n_planned:
            found.append(
                f"The run is not finished: at {wave} every arm has answered {n_asked:,} of {n_planned:,} questions, "
                "and only those are compared."
            )
        if not_asked:
            found.append(f"Not asked yet at {wave}: {', '.join(not_asked)}.")
    begun = {wave for wave, *_ in waves}
    missing = [str(wave) for wave in inputs.planned_waves if wave not in begun]
    if missing:
        found.append(f"Not begun: the wave {', '.join(missing)}.")
    found += [
        f"At {one.wave} {one.n_left_out:,} questions are left out: their history has a gap there, or begins later."
        for one in inputs.waves
        if one.n_left_out
    ]
    return found


def _sampled(inputs: RunInputs) -> list[str]:
    found = []
    for wave in inputs.waves:
        if wave.drawn is not None:
            others = {one.fact_id for one in wave.planned} - wave.drawn
            seed = inputs.manifest.configuration.get("split", {}).get("seed", 0)
            found.append(
                f"At {wave.wave} not everything was asked: a sample of {len(wave.drawn):,} facts, drawn by a hash of "
                f"seed {seed} from the tested facts known then, and {len(others):,} more that are new, changed or "
                "removed since the first date, or whose documents changed. Scores, differences, retention, FUAR and "
                "what is kept are read on the sample; what became of new, changed and removed facts on all of them."
            )
    return found


def _integrity(inputs: RunInputs) -> list[str]:
    found = []
    if inputs.manifest.mixed_environment:
        found.append("Parts of the run were done in another environment (threads, device, dtype or store), as told to.")
    if inputs.manifest.environment.store == "exact":
        found.append("No Weaviate server was found: an exact in-process index served every search.")
    return found


def _search(inputs: RunInputs) -> list[str]:
    if inputs.tries or not inputs.choices:
        return []
    return ["Nothing was searched on dev in this run: every arm's settings stand as its experiment file has them."]


def _seeds(inputs: RunInputs) -> list[str]:
    tuned = [arm.name for arm in inputs.arms if arm.adapter is not None]
    if not tuned:
        return []
    n_seeds = len(inputs.training_seeds)
    if n_seeds == 1:
        return [
            f"One training seed: its variance is not measured, and the intervals of {', '.join(tuned)} leave it out."
        ]
    return [f"{n_seeds} training seeds, averaged: the intervals are over facts; the means of each seed are listed."]


def _parity(inputs: RunInputs) -> list[str]:
    used = sorted({arm.adapter for arm in inputs.arms if arm.adapter is not None})
    if not used or not inputs.waves:
        return []
    last = inputs.waves[-1]
    tested = {question.fact_id for question in last.planned}
    told = [
        f"{name} was trained on rows of {len(tested & last.covered[name]):,} of the {len(tested):,} tested facts"
        for name in used
        if name in last.covered
    ]
    if not told:
        return []
    return [
        f"Information differs: retrieval sees all documents, an adapter its rows alone. At {last.wave} "
        f"{'; '.join(told)}."
    ]


def _arms(inputs: RunInputs) -> list[str]:
    found = []
    for kind, told in (
        ("oracle", "is given the passages that state the answer: a ceiling, never chosen"),
        ("recorded", "is read from a file and exempt from the fairness check: shown, never chosen"),
    ):
        names = [arm.name for arm in inputs.arms if arm.kind == kind]
        if names:
            found.append(f"{', '.join(names)} {told}.")
    return found
