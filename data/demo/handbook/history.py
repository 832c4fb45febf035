"""What changes when: deals the facts their lives, draws their values, and finds values that would mislead."""

from random import Random

from handbook.model import ALWAYS, Alive, Fact, Page, Value
from handbook.render import occurrences, stated, text_of, tokens
from handbook.world import rng_for

SHARE_CHANGED = 0.138
SHARE_CHANGED_TWICE = 0.015
N_NEW = 13
N_REMOVED = 11
"""At each of the two later snapshots, besides those of whole pages that come and go."""


def deal_lives(pages: list[Page]) -> None:
    """Decides for every fact at which snapshots it stands and when its value changes."""
    rng = rng_for("lives")
    facts = [fact for page in pages for fact in page.facts if fact.asked]
    for fact in facts:
        if len(fact.given) > 1:
            fact.changes_at = rng.choice(((True, False), (False, True)))
    free = [fact for fact in facts if fact.alive == ALWAYS and not fact.given]
    rng.shuffle(free)
    comings: list[Alive] = [(False, True, True)] * N_NEW + [(False, False, True)] * N_NEW
    comings += [(True, False, False)] * N_REMOVED + [(True, True, False)] * N_REMOVED
    movable = [fact for fact in free if not fact.pinned]
    moved = _spread(movable, len(comings))
    for fact, alive in zip(moved, comings, strict=True):
        fact.alive = alive
    gone = {fact.fact_id for fact in moved}
    changeable = [fact for fact in free if fact.changes and fact.fact_id not in gone]
    n_twice = round(SHARE_CHANGED_TWICE * len(facts))
    n_once = round(SHARE_CHANGED * len(facts)) - n_twice
    plan = [(True, True)] * n_twice + [(True, False)] * n_once + [(False, True)] * n_once
    for fact, changes_at in zip(changeable, plan, strict=False):
        fact.changes_at = changes_at


def draw_values(pages: list[Page]) -> None:
    """Gives every fact its values: each a new one, and none that stands elsewhere on its page at any time.

    Raises:
        RuntimeError: a page finds no values that fit.
    """
    names = " ".join(page.title for page in pages)
    taken = {"forbidden": {word for word in tokens(names) if word.isdigit()}, "given": _given(pages)}
    used: dict[str, set[str]] = {"": set(taken["given"])}
    for page in pages:
        rng = rng_for("values", page.doc_id)
        for fact in page.facts:
            fact.values = _values(fact, rng, used, taken["forbidden"])
        for _ in range(200):
            wrong = misleading(page)
            if not wrong:
                break
            for fact in wrong:
                fact.values = _values(fact, rng, used, taken["forbidden"])
        else:
            raise RuntimeError(f"{page.doc_id}: no fitting values for {[fact.name for fact in wrong]}")


def lines_at(page: Page, at: int) -> list[str]:
    """The page's lines at a snapshot."""
    values = {fact.name: value.text for fact in page.facts if (value := fact.values[at]) is not None}
    return stated(page.lines, values | page.fixed)


def text_at(page: Page, at: int) -> str:
    """The page's text at a snapshot."""
    return text_of(lines_at(page, at))


def misleading(page: Page) -> list[Fact]:
    """The drawn facts of which some value, in any spelling, stands on the page where it should not."""
    wrong = []
    versions = [page.title + "\n" + text_at(page, at) for at in range(3)]
    for fact in page.facts:
        spellings = {spelling for value in fact.values if value for spelling in (value.text, *value.aliases)}
        for at, text in enumerate(versions):
            value = fact.values[at]
            now = {value.text, *value.aliases} if value else set()
            allowed = {tuple(tokens(spelling)) for spelling in now}
            too_often = any(occurrences(spelling, text) > 1 for spelling in now)
            too_early = any(occurrences(s, text) for s in spellings if tuple(tokens(s)) not in allowed)
            if (too_often or too_early) and fact not in wrong:
                wrong.append(fact)
    return wrong


def _values(fact: Fact, rng: Random, used: dict[str, set[str]], forbidden: set[str]) -> tuple[Value | None, ...]:
    n_needed = 1 + sum(fact.changes_at)
    values = list(fact.given[:n_needed])
    of_name = used.setdefault(f"{fact.category}.{fact.name}", set())
    for _ in range(20_000):
        if len(values) == n_needed:
            break
        value = fact.draw(rng)
        text = " ".join(tokens(value.text))
        clash = any(text in other or other in text for other in of_name)
        if clash or text in used[""] or any(spelling in forbidden for spelling in (value.text, *value.aliases)):
            continue
        used[""].add(text)
        of_name.add(text)
        values.append(value)
    else:
        raise RuntimeError(f"{fact.fact_id}: too few values to draw from")
    index = 0
    dealt: list[Value | None] = []
    for at in range(3):
        index += at > 0 and fact.changes_at[at - 1]
        dealt.append(values[index] if fact.alive[at] else None)
    return tuple(dealt)


def _given(pages: list[Page]) -> set[str]:
    return {" ".join(tokens(value.text)) for page in pages for fact in page.facts for value in fact.given}


def _spread(facts: list[Fact], n: int) -> list[Fact]:
    """The first n facts, one a page, so that no page loses most of what it says."""
    seen: set[str] = set()
    chosen = []
    for fact in facts:
        if fact.page not in seen and len(chosen) < n:
            seen.add(fact.page)
            chosen.append(fact)
    return chosen
