"""What a reader must know before believing a difference between runs, in sentences."""

from collections.abc import Sequence

from ragvsft.verdict.run_differences import told_differences
from ragvsft.verdict.run_parts import ArmInRun, Pairs, RunPart


def comparison_notes(
    parts: Sequence[RunPart],
    matched: Sequence[str],
    pairs: Pairs,
    arms: Sequence[tuple[ArmInRun, ArmInRun]],
) -> list[str]:
    """What a reader must know before believing a difference.

    Args:
        parts: the runs, the baseline first.
        matched: ids of the compared questions.
        pairs: what is compared.
        arms: of each pair the arm before and now.
    """
    base, *others = parts
    told = []
    shared = set.intersection(*({one.wave for one in part.run.inputs.waves} for part in parts)) - {base.at.wave}
    if shared:
        told.append(f"Read at {base.at.wave}; --wave reads it at {' or '.join(map(str, sorted(shared)))}.")
    n_most = max(len(part.at.planned) for part in parts)
    if len(matched) < n_most:
        told.append(f"Read over {len(matched):,} of {n_most:,} questions: those that every compared arm answered.")
    for part in parts:
        waiting = [
            arm
            for arm in dict.fromkeys(_arms_of(part, base, pairs))
            if len({one.question_id for one in part.at.outcomes.get(arm, ())}) < len(part.at.planned)
        ]
        if waiting:
            told.append(f"{part.run.label} is not finished: {', '.join(waiting)}.")
        if any(not check.ok for check in part.run.inputs.fairness):
            told.append(f"{part.run.label} breaks its own fairness check; its report says where.")
    for before, now in arms:
        if now.n_seeds != before.n_seeds:
            told.append(
                f"{now.arm}: training seeds: {before.n_seeds} in {before.run}, {now.n_seeds} in "
                f"{now.run}; a question's score is their mean."
            )
    recorded = dict.fromkeys(one.arm for both in arms for one in both if one.kind == "recorded")
    if recorded:
        told.append(f"Recorded, not run here, prompts and costs not known: {', '.join(recorded)}.")
    for part in others:
        told += _notes_of(base, part, pairs[part.run.label])
    return list(dict.fromkeys(told))


def _arms_of(part: RunPart, base: RunPart, pairs: Pairs) -> list[str]:
    if part is base:
        return [before for some in pairs.values() for before, _ in some]
    return [now for _, now in pairs[part.run.label]]


def _notes_of(base: RunPart, part: RunPart, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Of one run against the baseline."""
    told = []
    for one, other, used in (
        (base, part, {before for before, _ in pairs}),
        (part, base, {now for _, now in pairs}),
    ):
        names = {arm.name for arm in other.run.inputs.arms}
        alone = [arm.name for arm in one.run.inputs.arms if arm.name not in names | used]
        if alone:
            told.append(f"Only in {one.run.label}: {', '.join(alone)}.")
    told += [f"Differs: {one}." for one in told_differences(base.run, part.run, pairs)]
    if (base.prices or part.prices) and base.prices != part.prices:
        told.append(f"{base.run.label} and {part.run.label} are not priced by the same sheet: costs are not compared.")
    here, there = base.run.inputs.manifest.machine, part.run.inputs.manifest.machine
    if (here.cpu, here.cores, here.gpu) != (there.cpu, there.cores, there.gpu):
        told.append(f"{base.run.label} and {part.run.label} were timed on different machines.")
    return told
