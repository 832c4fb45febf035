"""The gate's word as a sentence."""

from ragvsft.report import comparison_rows as cells
from ragvsft.report import figures
from ragvsft.verdict.gating import Gate, Result


def gate_sentence(found: Gate) -> str:
    """What the gate says of a run, the arms named that decide it."""
    comparison = found.comparison
    loss = f"an accepted loss of {figures.percent(found.margin)} points of {figures.words(comparison.metric)}"
    now = " and ".join(comparison.runs[1:])
    worse, open_ = _arms(found, "worse"), _arms(found, "cannot_tell")
    match found.result:
        case "worse":
            also = f" It cannot tell of {', '.join(open_)}." if open_ else ""
            return (
                f"Worse: {', '.join(worse)}, against {comparison.baseline}, by more than chance explains, "
                f"with {loss}.{also}"
            )
        case "cannot_tell":
            wanted = [check.more_facts for check in found.checks if check.more_facts]
            more = f" About {max(wanted):,} more facts would tell." if wanted else ""
            named = f" of {', '.join(open_)}" if open_ else ""
            return (
                f"Cannot tell{named}: whether {now} is worse than {comparison.baseline} stays open, with {loss}.{more}"
            )
        case "no_worse":
            return f"No worse: every arm of {now} keeps up with {comparison.baseline}, with {loss}."


def _arms(found: Gate, result: Result) -> list[str]:
    return [cells.name_of(check.pair, found.comparison) for check in found.checks if check.result == result]
