"""The freshness of every arm in `report.md`: what became of the facts that changed, and what it costs to keep up."""

from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.escaping import code
from ragvsft.report.figures import NOTHING
from ragvsft.report.markdown_wave import table
from ragvsft.verdict.comparisons import reversed_comparison
from ragvsft.verdict.decay import expires
from ragvsft.verdict.freshness import Freshness
from ragvsft.verdict.freshness_pairs import FRESH
from ragvsft.verdict.verdict import Verdict, WaveVerdict

SHARES = (
    "arm",
    "fresh (95 %)",
    "stale (95 %)",
    "retention (95 %)",
    "FUAR",
    "right, since the wave before",
    "old passage shown",
    "stale then",
    "new passage shown",
    "stale against it",
)
PASSAGE_CHARACTERS = 160
ALPHA = 0.05


def freshness(verdict: Verdict) -> str:
    """All later waves together, then a section for each, the last one first; empty without such a wave."""
    waves = [_wave(verdict, wave) for wave in reversed(verdict.waves) if wave.freshness]
    return "\n\n".join(part for part in (_over_the_waves(verdict), *waves) if part) if waves else ""


def _over_the_waves(verdict: Verdict) -> str:
    parts = [_times(verdict), _curve(verdict)]
    told = [part for part in parts if part]
    return "\n\n".join(["## Keeping up with the facts", *told]) if told else ""


def _times(verdict: Verdict) -> str:
    rows = [
        [
            one.arm,
            figures.count(one.n),
            figures.count(one.n_at_once),
            figures.count(one.n_later),
            figures.count(one.n_never),
            "not reached" if one.median_s is None else figures.duration(one.median_s),
            figures.seconds(one.refresh_s) if one.refresh_s else "none",
            figures.seconds(one.refreshed_s),
            figures.estimate(one.refreshed_usd),
        ]
        for one in verdict.times_to_fresh
    ]
    if not rows:
        return ""
    head = ["arm", "changes", "right at once", "later", "never", "median time to fresh", "an update, s"]
    return (
        table([*head, "s a fresh fact", "USD a fresh fact (95 %)"], rows)
        + "\n\n*Time to fresh*: from the change of a document to the first right answer about a new, changed or "
        "removed fact: the update's own seconds (index and training), one answer, and the time between the waves where "
        "it took more than one; with half of them never right, no median is reached. An update serves all that "
        "changed, asked about or not: what a fresh fact costs is told of those that were asked about."
    )


def _curve(verdict: Verdict) -> str:
    if not verdict.decays:
        return ""
    later = list(dict.fromkeys(wave for one in verdict.decays for wave, _ in one.kept))
    rows = [
        [
            "*the facts themselves*" if one.arm is None else one.arm,
            *(figures.interval(dict(one.kept).get(wave)) for wave in later),
            figures.due(one.due),
        ]
        for one in verdict.decays
    ]
    floor = figures.percent(verdict.freshness_floor)
    last = expires(verdict.decays, verdict.waves[0].wave)
    until = f" By the same rule under {floor} % of the facts asked about hold from {last} on: measure again by then."
    return (
        "What is kept of what was right at the first wave, by wave:\n\n"
        + table(["arm", *(f"{wave} (95 %)" for wave in later), f"under {floor} % after updates (95 %)"], rows)
        + "\n\nThe last column takes each update to lose the same share of what is left. It is when an arm that is not "
        f"refreshed otherwise should be.{until if last else ''}"
    )


def _wave(verdict: Verdict, wave: WaveVerdict) -> str:
    shares = [
        [
            one.arm,
            figures.interval(one.fresh),
            figures.interval(one.stale),
            figures.interval(one.retention),
            _fuar(one),
            _since(wave, one.arm),
            figures.interval(one.stale_hits),
            figures.interval(one.stale_when_shown),
            figures.interval(one.current_hits),
            figures.interval(one.stale_against),
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
            "one updated or acquired; the lower the better. *Since the wave before*: right answers now minus then, in "
            "points, on the questions asked at both; bold where p is under .05 after Holm's correction over the arms. "
            "*Old passage shown*: among changed and removed facts, a passage that states the old answer and not the "
            "new one stood before the model. *New passage shown*: among new and changed facts, one that states the "
            "new answer did; *stale against it*: the old answer was given all the same.",
            table(["arm", "facts", *OutcomeKind], kinds, texts=2),
            _pairs(verdict, wave),
            _stale_answers(wave),
        ]
    )


def _since(wave: WaveVerdict, arm: str) -> str:
    found = next((one for one in wave.since_before if one.arm == arm), None)
    if found is None:
        return NOTHING
    told = figures.difference(found.difference, found.low, found.high)
    return f"**{told}**" if found.p_adjusted < ALPHA else told


def _pairs(verdict: Verdict, wave: WaveVerdict) -> str:
    """Every arm against the freshest that may be chosen, on facts that moved."""
    choosable = {arm.name for arm in verdict.arms if arm.can_be_chosen}
    shares = {one.arm: one.fresh.mean for one in wave.freshness if one.fresh and one.arm in choosable}
    if len(shares) < 2:
        return ""
    freshest = max(shares, key=lambda arm: shares[arm])
    rows = []
    for one in wave.fresh_comparisons:
        if freshest not in (one.arm, one.other) or one.p_adjusted is None:
            continue
        seen = one if one.other == freshest else reversed_comparison(one)
        rows.append(
            [
                "fresh" if seen.metric == FRESH else "stale",
                seen.arm,
                figures.difference(seen.difference, seen.low, seen.high),
                figures.count(seen.n_facts),
                figures.p_value(seen.p_adjusted),
            ]
        )
    rows.sort(key=lambda row: row[0])
    return (
        f"Against {freshest}, which is right about most of what moved (paired, percentage points; p after Holm's "
        "correction over all pairs):\n\n" + table(["share", "arm", "difference (95 %)", "facts", "p"], rows, texts=2)
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
