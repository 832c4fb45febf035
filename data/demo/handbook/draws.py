"""How values are drawn: amounts, dates, times, codes, names. Every draw is asked until its value is a new one."""

from datetime import date, timedelta
from random import Random

from handbook.model import Draw, Value
from handbook.names import FIRST_NAMES, OTHER_SURNAMES

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def euros(low: int, high: int, step: int = 1) -> Draw:
    """An amount such as `€ 1,240`."""

    def draw(rng: Random) -> Value:
        amount = f"{rng.randrange(low, high, step):,}"
        return Value(f"€ {amount}", (f"€{amount}", f"{amount} euros", f"EUR {amount}", amount))

    return draw


def count(low: int, high: int, unit: str, *short: str) -> Draw:
    """A whole number with its unit, such as `45 days`; `short` are other spellings of the unit."""

    def draw(rng: Random) -> Value:
        number = f"{rng.randrange(low, high):,}"
        return Value(f"{number} {unit}", (*(f"{number} {other}" for other in short), number))

    return draw


def decimal(low: int, high: int, unit: str, *short: str) -> Draw:
    """A number with two places, drawn in hundredths, such as `4.35 kg`."""

    def draw(rng: Random) -> Value:
        hundredths = rng.randrange(low, high)
        while hundredths % 10 == 0:
            hundredths = rng.randrange(low, high)
        number = f"{hundredths / 100:.2f}"
        return Value(f"{number} {unit}", (*(f"{number} {other}" for other in short), number))

    return draw


def percent(low: int, high: int) -> Draw:
    """A share such as `72 percent`."""
    return count(low, high, "percent", "%", "per cent")


def day(first: str, last: str) -> Draw:
    """A date such as `14 March 2024`; the tenth of a month or later, so that no date is the tail of another."""
    start = date.fromisoformat(first)
    n_days = (date.fromisoformat(last) - start).days

    def draw(rng: Random) -> Value:
        when = start + timedelta(days=rng.randrange(n_days))
        while when.day < 10:
            when = start + timedelta(days=rng.randrange(n_days))
        month = MONTHS[when.month - 1]
        return Value(
            f"{when.day} {month} {when.year}",
            (when.isoformat(), f"{month} {when.day}, {when.year}", f"{when.day}th of {month} {when.year}")
            if when.day not in (21, 22, 23, 31)
            else (when.isoformat(), f"{month} {when.day}, {when.year}"),
        )

    return draw


def clock(first_hour: int, last_hour: int) -> Draw:
    """A time of day such as `07:35`."""

    def draw(rng: Random) -> Value:
        hour, minute = rng.randrange(first_hour, last_hour + 1), rng.choice((5, 10, 20, 25, 35, 40, 50, 55))
        half = "am" if hour < 12 else "pm"
        twelve = hour if hour <= 12 else hour - 12
        aliases = (f"{hour}:{minute:02}", f"{twelve}:{minute:02} {half}", f"{hour:02}.{minute:02}")
        return Value(
            f"{hour:02}:{minute:02}", tuple(dict.fromkeys(a for a in aliases if a != f"{hour:02}:{minute:02}"))
        )

    return draw


def weekly(first_hour: int, last_hour: int) -> Draw:
    """A weekday with a time such as `Tuesday at 09:20`."""
    time = clock(first_hour, last_hour)

    def draw(rng: Random) -> Value:
        weekday = rng.choice(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))
        at = time(rng).text
        return Value(f"{weekday} at {at}", (f"{weekday}s at {at}", f"{weekday} {at}", f"{at} on {weekday}"))

    return draw


def digits(low: int, high: int, what: str) -> Draw:
    """A bare number such as an extension; with `what` before it, it is the same answer."""

    def draw(rng: Random) -> Value:
        number = str(rng.randrange(low, high))
        return Value(number, (f"{what} {number}",))

    return draw


def phone() -> Draw:
    """A telephone number such as `0555 417 382`."""

    def draw(rng: Random) -> Value:
        a, b = rng.randrange(200, 990), rng.randrange(100, 999)
        return Value(f"0555 {a} {b}", (f"0555{a}{b}", f"0555-{a}-{b}"))

    return draw


def code(pattern: str) -> Draw:
    """A code: every `#` of the pattern becomes a digit, the first one of them never 0."""

    def draw(rng: Random) -> Value:
        text = ""
        for position, sign in enumerate(pattern):
            first = "#" not in pattern[:position]
            text += str(rng.randrange(1 if first else 0, 10)) if sign == "#" else sign
        aliases = (text.replace("-", " "), text.replace("-", "")) if "-" in text else ()
        return Value(text, aliases)

    return draw


def room() -> Draw:
    """A room such as `C2.17`."""

    def draw(rng: Random) -> Value:
        text = f"{rng.choice('ABCDEFG')}{rng.randrange(1, 5)}.{rng.randrange(11, 60)}"
        return Value(text, (f"room {text}",))

    return draw


def one_of(*texts: str) -> Draw:
    """One of some phrases; `a|b` gives b as an alias of a."""

    def draw(rng: Random) -> Value:
        text, *aliases = rng.choice(texts).split("|")
        return Value(text, tuple(aliases))

    return draw


def joined(firsts: str, seconds: str, between: str = " ") -> Draw:
    """A first and a second word, such as a call sign; seconds of several words are separated by `|`."""

    def draw(rng: Random) -> Value:
        first = rng.choice(firsts.split())
        second = rng.choice(seconds.split("|") if "|" in seconds else seconds.split())
        return Value(f"{first}{between}{second}", () if between == " " else (f"{first} {second}",))

    return draw


def address(streets: str) -> Draw:
    """A house number and a street, such as `27 Ropewalk Lane`; streets are separated by commas."""
    names = [name.strip() for name in streets.split(",")]

    def draw(rng: Random) -> Value:
        return Value(f"{rng.randrange(23, 98)} {rng.choice(names)}")

    return draw


def somebody() -> Draw:
    """A person without a page."""

    def draw(rng: Random) -> Value:
        return Value(f"{rng.choice(FIRST_NAMES)} {rng.choice(OTHER_SURNAMES)}")

    return draw
