"""Questions over two pages: the first names a person or a site, the second tells what is asked about it."""

from dataclasses import dataclass

from handbook.model import Fact, Page, Value
from handbook.people import ROSTER
from handbook.world import KINDS, rng_for

ROLES = {
    "site": (
        "the person who heads {n}",
        "the site manager of {n}",
        "whoever runs {n}",
        "the head of {n}",
        "the colleague in charge of {n}",
        "the manager of {n}",
    ),
    "product": (
        "the product manager of {n}",
        "the person who manages {n}",
        "whoever looks after {n}",
        "the colleague responsible for {n}",
        "the person in charge of {n}",
        "the manager of {n}",
    ),
    "team": (
        "the lead of {n}",
        "the person who leads {n}",
        "whoever heads {n}",
        "the colleague leading {n}",
        "the head of {n}",
        "the leader of {n}",
    ),
    "course": (
        "the trainer of {n}",
        "the person who gives {n}",
        "whoever teaches {n}",
        "the colleague who instructs {n}",
        "the instructor of {n}",
        "the teacher of {n}",
    ),
    "project": (
        "the project lead of {n}",
        "the person who leads {n}",
        "whoever runs {n}",
        "the colleague leading {n}",
        "the head of {n}",
        "the person in charge of {n}",
    ),
    "equipment": (
        "the site where {n} stands",
        "the site at which {n} is kept",
        "the site that houses {n}",
        "whichever site is home to {n}",
        "the place where {n} is kept",
        "the site in which one finds {n}",
    ),
    "event": (
        "the venue of {n}",
        "the site where {n} is held",
        "the site that hosts {n}",
        "the place at which {n} is held",
        "whichever site is host to {n}",
        "the site chosen for {n}",
    ),
}
BRIDGES = {"site": "head", "product": "manager", "team": "lead", "course": "trainer", "project": "lead"}
TITLES = {"site": "site manager", "product": "product manager", "team": "team lead"} | {
    "course": "trainer",
    "project": "project lead",
}
RESERVES = {"site": 3, "product": 1, "team": 1, "course": 0, "project": 0}
"""How many colleagues with a page wait to take over a post of the kind."""
SECOND_TARGETS = {"site": 10, "product": 5, "team": 5, "course": 0, "project": 2}
"""How many bridges of a kind serve two questions."""
PLACE_QUESTIONS = {"equipment": 12, "event": 10}

TARGETS = {
    "extension": (
        "What is the extension of {p}?",
        "On which extension can I reach {p}?",
        "Give me the extension of {p}.",
        "I want to call {p}; which extension do I dial?",
        "Under what extension does {p} answer?",
        "Look up the internal phone number of {p}.",
    ),
    "room": (
        "In which room does {p} sit?",
        "What is the room number of {p}?",
        "I have a letter for {p}. To which room does it go?",
        "Name the room in which {p} works.",
        "Where, in what room, do I find {p}?",
        "Tell me the room of {p}.",
    ),
    "joined": (
        "When did {p} join Keldmark?",
        "Since which date has {p} been with the house?",
        "On what day did {p} start at Keldmark?",
        "Give the date on which {p} was hired.",
        "State the first day at work of {p}.",
        "What is the date of entry of {p}?",
    ),
    "staff_number": (
        "What is the staff number of {p}?",
        "Which number is on the badge of {p}?",
        "Give me the personnel number of {p}.",
        "A form asks for the staff number of {p}; what do I enter?",
        "State the number by which payroll knows {p}.",
        "Under which staff number is {p} on the payroll?",
    ),
    "stand_in": (
        "Who stands in for {p}?",
        "Name the deputy of {p}.",
        "To whom do I turn when {p} is away?",
        "By whom is {p} represented during an absence?",
        "If {p} is ill, who may sign instead?",
        "Which colleague replaces {p} during holidays?",
    ),
    "call_sign": (
        "What is the radio call sign of {p}?",
        "By what name do I hail {p} on the radio?",
        "Give me the call sign of {p}.",
        "Under which call sign does {p} answer the radio?",
        "How is {p} called over the radio?",
        "Which call sign has been given to {p}?",
    ),
    "former_employer": (
        "For whom did {p} work before Keldmark?",
        "Name the company that employed {p} before.",
        "From which firm did {p} come to Keldmark?",
        "What was the previous employer of {p}?",
        "Where was {p} employed earlier?",
        "Tell me the former employer of {p}.",
    ),
    "apprentice": (
        "Who is the apprentice of {p}?",
        "Which apprentice does {p} train?",
        "Name the apprentice who works under {p}.",
        "Whom is {p} teaching the trade?",
        "What is the name of the apprentice assigned to {p}?",
        "Tell me which trainee follows {p}.",
    ),
    "head": (
        "Who is the manager of {p}?",
        "Name the person who heads {p}.",
        "Which colleague runs {p}?",
        "Under whose management is {p}?",
        "Tell me who is in charge of {p}.",
        "I have a complaint about {p}. Which manager should get it?",
    ),
    "address": (
        "What is the street address of {p}?",
        "Give me the postal address of {p}.",
        "In which street, and at what number, is {p}?",
        "I am driving to {p}. What address do I enter?",
        "At which address do I find {p}?",
        "A parcel has to go to {p}: which street and house number?",
    ),
    "phone": (
        "What is the telephone number of {p}?",
        "Which number do I dial to call {p}?",
        "Give me the phone number of {p}.",
        "I have to ring {p}. What is the number?",
        "On what number does {p} answer the telephone?",
        "How can {p} be reached by telephone?",
    ),
    "opening": (
        "At what time does the gate of {p} open?",
        "When does {p} open on weekdays?",
        "Tell me when {p} opens in the morning.",
        "From which hour can I get into {p}?",
        "What is the opening time of {p}?",
        "How early can a driver enter {p}?",
    ),
    "parking": (
        "How many parking spaces are there at {p}?",
        "State the parking capacity of {p}.",
        "For how many cars is there room at {p}?",
        "How many cars can park at {p}?",
        "We are going by car to {p}. How many places to park are there?",
        "What number of parking spaces has {p}?",
    ),
    "assembly_point": (
        "Where is the fire assembly point of {p}?",
        "In case of fire, where must people go at {p}?",
        "Name the place of assembly at {p}.",
        "What serves as the assembly point at {p}?",
        "Where do staff gather when the alarm sounds at {p}?",
        "Which landmark marks the assembly point of {p}?",
    ),
    "area": (
        "How large is the floor area of {p}?",
        "How many square metres does {p} cover?",
        "State the size of {p} in square metres.",
        "What floor area has {p}?",
        "How much floor space is there at {p}?",
        "Tell me the floor area of {p}.",
    ),
    "staff": (
        "How many people work at {p}?",
        "What is the headcount of {p}?",
        "Give the number of employees at {p}.",
        "How big is the workforce at {p}?",
        "How many employees has {p}?",
        "Of what size is the staff of {p}?",
    ),
}


@dataclass(frozen=True)
class TwoHop:
    """A question that needs two pages."""

    page: Page
    subject: str
    bridge: str
    """The name of the fact, or of the fixed value, that leads to the second page."""
    target: str

    @property
    def fact_id(self) -> str:
        """The first page's id and the way that is taken."""
        return f"{self.page.doc_id}#{self.bridge}.{self.target}"

    def asks(self) -> tuple[str, ...]:
        """Six questions, each with another description of the person or place."""
        rng = rng_for("two-hop", self.fact_id)
        roles = rng.sample(ROLES[self.page.category], 6)
        return tuple(
            ask.replace("{p}", role.replace("{n}", self.subject))
            for ask, role in zip(TARGETS[self.target], roles, strict=True)
        )

    def second_pages(self, by_title: dict[str, Page]) -> tuple[Page, ...]:
        """The second page at each of the three snapshots."""
        if self.bridge in self.page.fixed:
            return (by_title[self.page.fixed[self.bridge]],) * 3
        fact = next(fact for fact in self.page.facts if fact.name == self.bridge)
        return tuple(by_title[value.text] for value in fact.values if value is not None)

    def values(self, by_title: dict[str, Page]) -> tuple[Value | None, ...]:
        """The answer at each snapshot."""
        return tuple(
            next(fact for fact in page.facts if fact.name == self.target).values[at]
            for at, page in enumerate(self.second_pages(by_title))
        )


def give_posts(pages: list[Page]) -> None:
    """Puts colleagues with a page into the posts that questions over two pages go through."""
    for category, name in BRIDGES.items():
        holders = [row.split("|")[0] for row in ROSTER.strip().splitlines() if row.split("|")[2] == TITLES[category]]
        n_reserves = RESERVES[category]
        posts = [fact for page in pages if page.category == category for fact in page.facts if fact.name == name]
        first, reserves = holders[: len(holders) - n_reserves], holders[len(holders) - n_reserves :]
        for fact, holder in zip([f for f in posts if f.alive == (True, True, True)], first, strict=False):
            fact.pinned = True
            fact.changes = bool(reserves)
            fact.given = (Value(holder), *((Value(reserves.pop(0)),) if reserves else ()))


def choose(pages: list[Page]) -> list[TwoHop]:
    """The questions over two pages; what they need is pinned to all snapshots."""
    by_title = {page.title: page for page in pages}
    names = {entity.key: entity.name for kind in KINDS for entity in kind.entities}
    chosen: list[TwoHop] = []
    for category, bridge in BRIDGES.items():
        posts = [
            (page, fact)
            for page in pages
            if page.category == category
            for fact in page.facts
            if fact.name == bridge and fact.given
        ]
        for position, (page, fact) in enumerate(posts):
            common = set.intersection(*({f.name for f in by_title[v.text].facts} for v in fact.given))
            n_targets = 2 if position < SECOND_TARGETS[category] else 1
            for target in _pick(sorted(common), n_targets, page.doc_id):
                chosen.append(TwoHop(page, names[page.doc_id], bridge, target))
                for value in fact.given:
                    _pin(by_title[value.text], target)
    for category, n_questions in PLACE_QUESTIONS.items():
        hosts = [page for page in pages if page.category == category and all(page.alive) and page.fixed]
        for page in hosts[:n_questions]:
            bridge, site = next(iter(page.fixed.items()))
            (target,) = _pick(sorted({f.name for f in by_title[site].facts} - {"opened"}), 1, page.doc_id)
            chosen.append(TwoHop(page, names[page.doc_id], bridge, target))
            _pin(by_title[site], target)
    return chosen


def _pick(names: list[str], n: int, key: str) -> list[str]:
    return rng_for("target", key).sample(names, min(n, len(names)))


def _pin(page: Page, name: str) -> Fact:
    fact = next(fact for fact in page.facts if fact.name == name)
    fact.pinned = True
    return fact
