"""Which pages there are, what each of them states, and in what words and order."""

from random import Random

from handbook import (
    about,
    courses,
    equipment,
    events,
    people,
    policies,
    procedures,
    products,
    projects,
    sites,
    suppliers,
    tariffs,
    teams,
)
from handbook.model import Attribute, Entity, Fact, Group, Kind, Page
from handbook.notes import note
from handbook.written import page as written_page

SEED = 20240101
KINDS = (
    sites.KIND,
    products.KIND,
    people.KIND,
    teams.KIND,
    equipment.KIND,
    courses.KIND,
    suppliers.KIND,
    events.KIND,
    projects.KIND,
)
ASKED = {"person": 3}
"""How many of a page's attributes are asked by themselves; 4 where nothing stands here."""
STANDS = (
    "Its place is at the {site}.",
    "{s} is kept at the {site}.",
    "Look for it at the {site}, where it is kept.",
    "The {site} is its home.",
)
LIST_HEADINGS = ("At a glance", "In brief", "Key facts", "Overview")


def rng_for(*parts: str) -> Random:
    """A generator of its own for every part of the world, so that one page's change moves no other page."""
    return Random(":".join((str(SEED), *parts)))


def pages() -> list[Page]:
    """All pages, before anything has a value or a history."""
    made = [_page(kind, entity) for kind in KINDS for entity in kind.entities]
    made += [written_page("about", written) for written in about.WRITTEN]
    made += [written_page("policy", written) for written in policies.WRITTEN]
    made += [written_page("procedure", written) for written in procedures.WRITTEN]
    made += tariffs.pages()
    titles = [entity.title for entity in sites.ENTITIES]
    for category, name in (("equipment", "site"), ("event", "venue")):
        places = [title for title in titles if category == "event" or not title.endswith("office")]
        hosts = [page for page in made if page.category == category]
        for page, place in zip(hosts, rng_for("places", category).sample(places, len(hosts)), strict=True):
            page.fixed[name] = place
    return made


def asks(attribute_asks: tuple[str, ...], entity: Entity) -> tuple[str, ...]:
    """Questions with the subject's name put in."""
    return tuple(_put(ask, entity) for ask in attribute_asks)


def left_out(kind: Kind, page: Page) -> list[Attribute]:
    """The attributes of the kind that a page does not state."""
    names = {fact.name for fact in page.facts}
    return [attribute for attribute in kind.attributes if attribute.name not in names]


def _page(kind: Kind, entity: Entity) -> Page:
    rng = rng_for("page", entity.key)
    chosen = _stated(kind, entity, rng)
    n_asked = ASKED.get(kind.category, 4)
    free = [attribute.name for attribute in chosen if attribute.name not in entity.must]
    asked = {*entity.must, *rng.sample(free, min(len(free), n_asked - len(entity.must)))}
    facts = [
        Fact(
            entity.key,
            attribute.name,
            attribute.type,
            kind.category,
            attribute.draw,
            asks(attribute.asks, entity),
            changes=attribute.changes and attribute.name in asked,
            asked=attribute.name in asked,
            alive=entity.alive,
        )
        for attribute in chosen
    ]
    lines, paired = _lines(kind, entity, chosen, rng)
    for fact in facts:
        fact.pinned = fact.name in paired
    return Page(entity.key, entity.title, kind.category, lines, facts, entity.alive)


def _stated(kind: Kind, entity: Entity, rng: Random) -> list[Attribute]:
    wanted = rng.randint(*kind.n_stated)
    names = [attribute.name for attribute in kind.attributes if attribute.name not in entity.must]
    taken = {*entity.must, *rng.sample(names, min(len(names), wanted - len(entity.must)))}
    return [attribute for attribute in kind.attributes if attribute.name in taken]


def _lines(kind: Kind, entity: Entity, chosen: list[Attribute], rng: Random) -> tuple[tuple[str, ...], frozenset[str]]:
    """The page's lines, and the attributes that share a sentence with another."""
    names = {attribute.name for attribute in chosen}
    listed: list[Attribute] = []
    layout = rng.choice(("headings", "list", "plain", "mixed"))
    if layout == "list":
        listed = rng.sample(chosen, min(len(chosen), rng.choice((2, 3))))
    open_pairs = [
        pair
        for pair in kind.pairs
        if names.issuperset(pair[:2]) and not {a.name for a in listed} & set(pair[:2]) and rng.random() < 0.6
    ]
    paired: dict[str, str] = {}
    for first, second, sentence in open_pairs:
        if first not in paired and second not in paired:
            paired[first] = sentence
            paired[second] = ""
    lines = [_put(line, entity) for line in entity.intro.splitlines()]
    if kind.category == "equipment":
        lines.append(_put(rng.choice(STANDS), entity))
    if listed:
        heading = [f"## {rng.choice(LIST_HEADINGS)}"] if rng.random() < 0.7 else []
        lines += ["", *heading, *(_entry(attribute) for attribute in listed)]
    own = [_put(line, entity) for line in note(entity.key)]
    if own and (rng.random() < 0.4 or lines[-1].startswith("- ")):
        lines, own = [*lines, "", *own], []
    groups = list(kind.groups)
    rng.shuffle(groups)
    for position, group in enumerate(groups):
        there = [a for a in chosen if a.name in group.attributes and a not in listed]
        as_list = layout == "mixed" and position > 0 and len(there) > 1
        body = _body(group, there, paired, as_list, entity, rng)
        if not body:
            continue
        heading = layout == "headings" or (layout == "mixed" and position > 0)
        lines += ["", *([_put(f"## {rng.choice(group.headings)}", entity)] if heading else []), *body]
    if own:
        lines += ["", *own]
    return tuple(lines), frozenset(paired)


def _body(
    group: Group, there: list[Attribute], paired: dict[str, str], as_list: bool, entity: Entity, rng: Random
) -> list[str]:
    colour = [_put(line, entity) for line in rng.sample(group.colour, rng.choice((2, 2, 3, 3, 4)))]
    entries = [_entry(a) for a in there if a.name not in paired]
    if as_list and len(entries) > 1:
        pairs = [_put(paired[a.name], entity) for a in there if paired.get(a.name)]
        return [*pairs, *colour[:1], *entries, *([""] if entries else []), *colour[1:]]
    sentences = []
    for attribute in there:
        if attribute.name in paired:
            if paired[attribute.name]:
                sentences.append(_put(paired[attribute.name], entity))
            continue
        sentences.append(_put(rng.choice(attribute.says).replace("{v}", f"{{{attribute.name}}}"), entity))
    rng.shuffle(sentences)
    for line in colour:
        sentences.insert(rng.randint(min(1, len(sentences)), len(sentences)), line)
    return sentences


def _entry(attribute: Attribute) -> str:
    return f"- {attribute.line.replace('{v}', f'{{{attribute.name}}}')}"


def _put(line: str, entity: Entity) -> str:
    words = {"n": entity.name, "s": entity.short, **entity.words}
    for word, text in words.items():
        line = line.replace(f"{{{word}}}", text)
    return line
