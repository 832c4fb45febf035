"""Numbers as a person reads them: percent, seconds, counts. A missing number is a dash."""

import math
from collections.abc import Sequence

from ragvsft.verdict.cost_draws import Estimate
from ragvsft.verdict.decay import Due
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.label_baselines import LabelBaseline

NOTHING = "–"
ABOUT_SIMILARITY = (
    "Similarity is in the search's own measure: compare it within a column alone, as each alpha has a scale of its own."
)
DAY_S = 86_400


def percent(fraction: float) -> str:
    """A fraction 0-1 as a number of percent with one decimal: 62.5."""
    text = f"{100 * fraction:.1f}"
    return "0.0" if text == "-0.0" else text


def capital(text: str) -> str:
    """A text that begins with a capital letter, and is otherwise as it was."""
    return text[:1].upper() + text[1:]


def span(low: float, high: float) -> str:
    """From a fraction to another, in whole percent: 70–80."""
    return f"{100 * low:.0f}–{100 * high:.0f}"


def interval(found: Interval | None) -> str:
    """A mean and its interval in percent: 62.5 (55.1–69.0); * where the interval may not hold its level."""
    if found is None:
        return NOTHING
    star = "*" if found.caution else ""
    return f"{percent(found.mean)} ({percent(found.low)}–{percent(found.high)}){star}"


def mean(found: Interval | None) -> str:
    """A mean in percent."""
    return NOTHING if found is None else percent(found.mean)


def difference(fraction: float, low: float, high: float) -> str:
    """A difference in points with its interval: +8.3 (+1.2 to +15.4)."""
    return f"{signed(fraction)} ({signed(low)} to {signed(high)})"


def signed(fraction: float) -> str:
    """Percentage points with their sign."""
    return f"{float(percent(fraction)):+.1f}"


def seconds(value: float | None) -> str:
    """Seconds, the smaller the finer: 0.034, 1.25, 31.4, 5,230."""
    if value is None:
        return NOTHING
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def watt_hours(kwh: float | None) -> str:
    """Kilowatt-hours as Wh, the smaller the finer."""
    return NOTHING if kwh is None else seconds(kwh * 1_000.0)


def duration(value: float) -> str:
    """Seconds, or days where they are two or more: 31.4 s, 182 days."""
    return f"{seconds(value)} s" if value < 2 * DAY_S else f"{value / DAY_S:,.0f} days"


def usd(value: float | None) -> str:
    """US dollars, the smaller the finer: 1,234, 41.20, 0.0034, 0.0000021."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 0.995 or size == 0.0:
        return f"{value:.2f}"
    text = f"{value:.{1 - math.floor(math.log10(size))}f}"
    return text.rstrip("0") if "." in text else text


def estimate(found: Estimate | None) -> str:
    """An amount of money with its interval: 41.20 (39.80–43.10); an open end where there is none."""
    if found is None:
        return NOTHING
    if found.low is None:
        return usd(found.usd)
    return f"{usd(found.usd)} ({usd(found.low)}–{usd(found.high) if found.high is not None else 'no end'})"


def due(found: Due) -> str:
    """After how many updates a refresh is due: 2.4 (1.1–no end)."""
    if found.updates is None:
        return f"no end seen (from {found.low:.1f})"
    return f"{found.updates:.1f} ({found.low:.1f}–{'no end' if found.high is None else f'{found.high:.1f}'})"


def count(value: float | None) -> str:
    """A whole number with thousands parted."""
    return NOTHING if value is None else f"{value:,.0f}"


def p_value(value: float | None) -> str:
    """A p-value with three decimals."""
    if value is None:
        return NOTHING
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)


def words(name: str) -> str:
    """A metric's or stage's name as a person reads it: exact match, F1, recall@5, nDCG@10."""
    known = {"token_f1": "token F1", "rouge_l": "ROUGE-L", "macro_f1": "macro F1", "ndcg@10": "nDCG@10"}
    return known.get(name, name.replace("_", " "))


def label_baselines(found: Sequence[LabelBaseline]) -> str:
    """What a label task gives away, as a sentence; empty where there is nothing to say."""
    told = [f"{one.name} {percent(one.accuracy)} % (macro F1 {percent(one.macro_f1)} %)" for one in found]
    return f"Without any model: {', '.join(told)}." if told else ""
