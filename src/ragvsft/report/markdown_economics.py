"""The sections of `report.md` about money and the choice between objectives; with nothing to tell, an empty text."""

from ragvsft.report import figures
from ragvsft.report.escaping import code, plain
from ragvsft.report.figures import NOTHING
from ragvsft.report.json_economics import prices_read
from ragvsft.report.markdown_wave import metric, table
from ragvsft.verdict.break_even import BreakEven
from ragvsft.verdict.cost_draws import Estimate
from ragvsft.verdict.economics import ArmEconomics, Economics
from ragvsft.verdict.verdict import Verdict

_UNITS = {"accuracy": "accuracy", "freshness": "freshness", "cost": "USD a month", "latency": "p95 s"}


def choice(verdict: Verdict) -> str:
    """The objectives of every arm that may be chosen, and how often each is best."""
    found = verdict.decision.weighed
    if found is None:
        return ""
    names = [name for name in _UNITS if any(name in values for values in found.values.values())]
    out = {one.arm for one in verdict.decision.broken}
    rows = [
        [
            f"**{arm}**" if arm == verdict.decision.arm else arm,
            *(_objective(name, values.get(name)) for name in names),
            "no" if arm in out else "yes",
            "yes" if arm in found.front else NOTHING,
            f"{found.utilities[arm]:.3f}" if arm in found.utilities else NOTHING,
            figures.percent(found.probability_best[arm]),
            figures.percent(found.probability_at_weights[arm]),
        ]
        for arm, values in found.values.items()
    ]
    head = ["arm", *(_UNITS[name] for name in names), "keeps the constraints", "Pareto front", "utility"]
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in found.weights.items())
    lines = [
        "## The choice",
        f"Accuracy and freshness are {metric(verdict.primary)}, in percent. Weights: {weights or 'none applies'}"
        f"{_absent(found.absent)}. Utility is the weighted sum of what the experiment's ranges turn into 0 to 1; how "
        "often an arm is best is over resampled facts, seeds, batches and requests, with the weights varied around "
        "those given and as they are.",
        table([*head, "best, %", "best at these weights, %"], rows),
        _minds(verdict),
    ]
    return "\n\n".join(line for line in lines if line)


def economics(verdict: Verdict) -> str:
    """What each arm costs, and from how many questions on another is cheaper."""
    found = verdict.economics
    if found is None:
        return ""
    rows = [_costs(one) for one in found.arms]
    head = ["arm", "set-up", "an update", "a month standing", "1,000 questions (95 %)", "1,000 correct answers (95 %)"]
    lines = [
        f"## Costs in {found.sheet.currency}, by {plain(found.sheet.name)} ({found.sheet.date})",
        _workload(found),
        table([*head, "a month in all (95 %)", "in all (95 %)"], rows),
        *_gaps(found),
        _setup(found),
        _break_evens(found),
        _prices(found),
    ]
    return "\n\n".join(line for line in lines if line)


def _objective(name: str, value: float | None) -> str:
    if value is None:
        return NOTHING
    shown = {"cost": figures.usd, "latency": figures.seconds}.get(name, figures.percent)
    return shown(value)


def _absent(absent: dict[str, str]) -> str:
    if not absent:
        return ""
    told = "; ".join(f"{name}: {why}" for name, why in absent.items())
    return f" (not measured, so that their weight is dealt to the others: {plain(told)})"


def _minds(verdict: Verdict) -> str:
    """What would change the decision."""
    found = verdict.decision.weighed
    assert found is not None
    lines = [
        f"- {one.arm} would be ahead if {one.objective} weighed {'under' if one.at <= one.weight else 'over'} "
        f"{one.at:.2f} (now {one.weight:.2f})."
        for one in found.reversals
    ]
    lines += [f"- {arm} would be ahead without the constraints." for arm in found.barred]
    if not lines:
        return ""
    return "\n".join(["What would change the choice, everything else as it is:", "", *lines])


def _workload(found: Economics) -> str:
    load = found.workload
    updates = f", {load.updates_per_month:g} updates a month" if found.has_updates else ""
    told = (
        f"For {load.questions_per_month:,} questions a month{updates}, over {load.months} months. A stage that arms "
        "share is charged whole to each; failures are paid for by the answers. A question, and a correct answer, is "
        "what answering takes, without set-up and what stands by the month."
    )
    if not found.has_updates:
        return f"{told} Updates are in no total: one wave measures none."
    if found.share_changed is not None:
        changed = figures.percent(found.share_changed)
        told += f" An update is the mean of those measured, when {changed} % of the facts had changed."
    return told


def _costs(one: ArmEconomics) -> list[str]:
    thousand = _thousand(one.question)
    unpriced = "*unpriced*"
    return [
        one.arm,
        figures.usd(one.setup_usd) if one.setup_usd is not None else unpriced,
        figures.usd(one.refresh_usd),
        figures.usd(one.standing_usd_month) if one.standing_usd_month is not None else unpriced,
        figures.estimate(thousand) if thousand else unpriced,
        figures.estimate(_thousand(one.correct)) if one.question else unpriced,
        figures.estimate(one.month) if one.month else unpriced,
        figures.estimate(one.total) if one.total else unpriced,
    ]


def _thousand(one: Estimate | None) -> Estimate | None:
    if one is None:
        return None
    low, high = (None if end is None else 1000 * end for end in (one.low, one.high))
    return Estimate(usd=1000 * one.usd, low=low, high=high)


def _gaps(found: Economics) -> list[str]:
    """What is unpriced, and what the totals do not hold."""
    lines = [f"- {one.arm} is unpriced: {plain('; '.join(one.unpriced))}." for one in found.arms if one.unpriced]
    left: dict[str, list[str]] = {}
    for one in found.arms:
        for what in one.left_out:
            left.setdefault(what, []).append(one.arm)
    lines += [f"- Not in the totals of {', '.join(arms)}: {plain(what)}." for what, arms in left.items()]
    if found.energy is not None:
        lines.append(f"- Not in any total: {found.energy}.")
    return ["\n".join(lines)] if lines else []


def _setup(found: Economics) -> str:
    names = list(dict.fromkeys(name for one in found.arms for name in one.setup_parts))
    rows = [
        [one.arm, *(figures.usd(one.setup_parts.get(name)) for name in names)] for one in found.arms if one.setup_parts
    ]
    return f"What the set-up is made of:\n\n{table(['arm', *names], rows)}" if rows else ""


def _break_evens(found: Economics) -> str:
    rows = [_break_even(one, found.workload.months) for one in found.break_evens]
    if not rows:
        return ""
    head = ["arm", "against", "more to begin with", "1,000 questions", "cheaper from questions (95 %)", "a month"]
    return (
        "From how many questions on the first arm, which costs more to begin with, is the cheaper one (updates and "
        "months as above); and the same counted in correct answers:\n\n"
        f"{table([*head, 'from correct answers (95 %)'], rows, texts=2)}"
    )


def _break_even(one: BreakEven, months: int) -> list[str]:
    same = one.fixed_difference_usd == 0.0 and one.question_difference_usd == 0.0
    return [
        one.arm,
        one.other,
        figures.usd(one.fixed_difference_usd),
        figures.usd(1000 * one.question_difference_usd),
        "they cost the same" if same else _from(one.n_questions, one.low, one.high, one.has_interval),
        NOTHING if one.n_questions is None else figures.count(one.n_questions / months),
        _from(one.n_correct, one.correct_low, one.correct_high, one.has_interval),
    ]


def _from(number: float | None, low: float | None, high: float | None, has_interval: bool) -> str:
    """A number from which an arm is cheaper: 2,000 (1,500–never)."""
    shown, start, end = ("never" if value is None else figures.count(value) for value in (number, low, high))
    return f"{shown} ({start}–{end})" if has_interval and start != end else shown


def _prices(found: Economics) -> str:
    rows = [
        [plain(one.what), figures.usd(one.usd), plain(one.per), code(one.source), str(one.read)]
        for one in prices_read(found.sheet)
    ]
    shown = table(["what", found.sheet.currency, "per", "source", "read"], rows)
    return f"<details><summary>Prices and their sources</summary>\n\n{shown}\n\n</details>"
