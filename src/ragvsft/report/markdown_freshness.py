"""The freshness of every arm in `report.md`: what became of the facts that changed, and of those that did not."""

from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.escaping import code
from ragvsft.report.figures import NOTHING
from ragvsft.report.markdown_wave import table
from ragvsft.verdict.freshness import Freshness
from ragvsft.verdict.verdict import Verdict, WaveVerdict

SHARES = ("arm", "fresh (95 %)", "stale (95 %)", "retention (95 %)", "FUAR", "old passage shown", "stale then")
PASSAGE_CHARACTERS = 160


def freshness(verdict: Verdict) -> str:
    """A section for every wave after the first, the last one first; empty without such a wave."""
    return "\n\n".join(_wave(wave) for wave in reversed(verdict.waves) if wave.freshness)


def _wave(wave: WaveVerdict) -> str:
    shares = [
        [
            one.arm,
            figures.interval(one.fresh),
            figures.interval(one.stale),
            figures.interval(one.retention),
            _fuar(one),
            figures.interval(one.stale_hits),
            figures.interval(one.stale_when_shown),
        ]
        for one in wave.freshness
    ]
    kinds = [
        [one.arm, change.value, *(figures.count(counts[kind]) for kind in OutcomeKind)]
        for one in wave.freshness
        for change, counts in one.kinds.items()
    ]
    return "\n\n".join(
        [
            f"## Freshness at {wave.wave}",
            table(SHARES, shares),
            "*Fresh*: the current answer on new, changed and removed facts (a removed one is right to abstain on). "
            "*Stale*: the old answer on changed and removed facts, alone or beside the new one. *Retention*: still "
            "right on unchanged facts that were right at the wave before. *FUAR*: unchanged facts forgotten for each "
            "one updated or acquired; the lower the better. *Old passage shown*: among changed and removed facts, a "
            "passage that states the old answer and not the new one stood before the model.",
            table(["arm", "facts", *OutcomeKind], kinds, texts=2),
            _stale_answers(wave),
        ]
    )


def _stale_answers(wave: WaveVerdict) -> str:
    rows = [
        [
            one.arm,
            code(stale.question),
            code(stale.said),
            ", ".join(code(answer) for answer in stale.answers) or "none: abstaining",
            code(stale.passage.content, PASSAGE_CHARACTERS) if stale.passage else "none",
        ]
        for one in wave.freshness
        for stale in one.stale_answers
    ]
    if not rows:
        return ""
    return "Stale answers, and the old passage that was shown:\n\n" + table(
        ["arm", "question", "said", "right now", "old passage"], rows, texts=5
    )


def _fuar(one: Freshness) -> str:
    return NOTHING if one.fuar.ratio is None else f"{one.fuar.ratio:.2f}"
