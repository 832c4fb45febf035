"""The tables of one wave in `report.md`: the arms, what became of their outcomes, what their searches found."""

from collections.abc import Sequence

from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.escaping import plain
from ragvsft.report.figures import NOTHING
from ragvsft.verdict.verdict import ArmAtWave, Verdict, WaveVerdict

FEW_REQUESTS = 20
"""Of fewer the 95th percentile is the slowest, or nearly so."""


def of_wave(verdict: Verdict, wave: WaveVerdict) -> list[str]:
    """The arms at a wave, what became of their outcomes, and what their searches found."""
    if not wave.arms:
        return []
    title = f"## {wave.wave}: {wave.n_questions:,} questions on {wave.n_facts:,} facts"
    cautious = any(interval.caution for arm in wave.arms for interval in arm.scores.values())
    reasons = sorted({i.caution for arm in wave.arms for i in arm.scores.values() if i.caution})
    star = f"\\* The interval may not hold its level: {plain('; '.join(reasons))}." if cautious else ""
    baselines = plain(figures.label_baselines(wave.label_baselines))
    return [title, _arms(verdict, wave), baselines, star, _legend(verdict), _kinds(wave), _retrieval(verdict, wave)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """A Markdown table; the first `texts` columns stand left, the others right."""
    if not rows:
        return ""
    rule = [":--" if at < texts else "--:" for at in range(len(head))]
    # A cell ends at a bar, even inside code.
    lines = [[cell.replace("|", "\\|") for cell in row] for row in [head, rule, *rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def metric(name: str) -> str:
    """A metric's name in prose."""
    return plain(figures.words(name))


def _arms(verdict: Verdict, wave: WaveVerdict) -> str:
    metrics = wave.metrics
    kinds = {arm.name: arm.kind for arm in verdict.arms}
    head = ["arm", "kind", f"{figures.words(metrics[0])} (95 %)", *(figures.words(name) for name in metrics[1:])]
    head += ["abstained", "unanswerable: abstained", "n", "failed", "cut off", "p50 s", "p95 s", "tokens", "set-up s"]
    is_later = wave.wave != verdict.waves[0].wave
    rows = []
    for arm in wave.arms:
        latency, cost = verdict.latency.get(arm.arm), verdict.costs.get(arm.arm)
        name = f"**{arm.arm}**" if arm.arm == verdict.decision.arm else arm.arm
        rows.append(
            [
                name,
                figures.words(kinds[arm.arm]),
                figures.interval(arm.scores[metrics[0]]),
                *(figures.mean(arm.scores.get(name)) for name in metrics[1:]),
                figures.count(arm.outcomes[OutcomeKind.ABSTAINED]),
                f"{arm.n_unanswerable_abstained}/{arm.n_unanswerable}" if arm.n_unanswerable else NOTHING,
                figures.count(arm.n),
                figures.count(arm.n_failed),
                figures.count(arm.n_cut_off),
                figures.seconds(latency.p50_s if latency else None),
                figures.seconds(latency.p95_s if latency else None),
                figures.count(arm.prompt_tokens + arm.output_tokens or None),
                figures.seconds(cost.setup_s if cost else None),
                *([figures.seconds(cost.refresh_s.get(wave.wave) if cost else None)] if is_later else []),
            ]
        )
    seeds = [_seeds(arm) for arm in wave.arms if len(arm.seed_means) > 1]
    seeds += _unmerged(verdict, wave)
    return "\n\n".join([table([*head, "refresh s"] if is_later else head, rows, texts=2), *seeds])


def _unmerged(verdict: Verdict, wave: WaveVerdict) -> list[str]:
    """What it takes to serve the adapters beside the base's weights."""
    told = [
        f"{arm.arm} {figures.seconds(beside.p50_s)} (p95 {figures.seconds(beside.p95_s)})"
        for arm in wave.arms
        if (beside := verdict.latency_of(arm.arm, wave.wave, unmerged=True))
    ]
    if not told:
        return []
    return [
        "Seconds above are with each adapter merged into the base's weights. Beside them, as where one base serves "
        f"several adapters, p50 is {', '.join(told)}."
    ]


def _requests(verdict: Verdict) -> str:
    """How many requests the percentiles rest on."""
    numbers = sorted({one.n for one in verdict.latency.values()})
    if not numbers:
        return "single requests"
    told = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
    few = " (so few that p95 is nearly the slowest)" if numbers[0] < FEW_REQUESTS else ""
    return f"{told} single requests an arm{few}"


def _legend(verdict: Verdict) -> str:
    timed = sorted({str(wave) for wave in verdict.latency_waves.values()})
    when = f", timed at {' and '.join(timed)}" if timed else ""
    return (
        f"cut off counts answers that reached the limit of new tokens; p50 and p95 are of {_requests(verdict)}{when}; "
        "tokens are a question's prompt and output; set-up is indexing, training and searching settings at the first "
        "wave, refresh is indexing and training at this one; what arms share is charged whole to each."
    )


def _seeds(arm: ArmAtWave) -> str:
    told = ", ".join(f"{figures.percent(mean)} (seed {seed})" for seed, mean in arm.seed_means.items())
    return f"{arm.arm} by training seed: {told}."


def _kinds(wave: WaveVerdict) -> str:
    rows = [[arm.arm, *(figures.count(arm.outcomes[kind]) for kind in OutcomeKind)] for arm in wave.arms]
    return "What became of the answerable questions:\n\n" + table(["arm", *OutcomeKind], rows)


def _retrieval(verdict: Verdict, wave: WaveVerdict) -> str:
    searching = [arm for arm in wave.arms if arm.retrieval]
    if not searching:
        return ""
    names = sorted({name for arm in searching for name in arm.retrieval}, key=_measure_order)
    ks = {arm.name: arm.k for arm in verdict.arms}
    rows = [
        [
            arm.arm,
            NOTHING if ks[arm.arm] is None else str(ks[arm.arm]),
            *(figures.interval(arm.retrieval.get(name)) for name in names),
            figures.count(next(iter(arm.retrieval.values())).n),
        ]
        for arm in searching
    ]
    head = ["arm", "k shown", *(figures.words(name) for name in names), "questions with gold"]
    told = f"What the searches found (passages that state the answer):\n\n{table(head, rows)}"
    exact = [
        f"{one.name} {figures.percent(one.recall)} %"
        for one in verdict.indexes
        if one.wave == wave.wave and one.recall is not None
    ]
    if not exact:
        return told
    return f"{told}\n\nOf the ten nearest passages that an exact search finds, the store found: {', '.join(exact)}."


def _measure_order(name: str) -> tuple[bool, str, int]:
    stem, _, depth = name.partition("@")
    return stem != "recall", stem, int(depth or 0)
