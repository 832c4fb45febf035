"""The rows of the dataset: documents with their versions, questions with their histories."""

from collections.abc import Sequence
from dataclasses import dataclass

from handbook.history import text_at
from handbook.model import ABSTAIN, SNAPSHOTS, Kind, Page, Phantom, Value
from handbook.two_hop import TwoHop
from handbook.world import KINDS, asks, left_out, rng_for

N_PHRASINGS = 6
SPLITS = ("train", "train", "train", "train", "dev", "test")
N_LEFT_OUT = {"person": 7, "project": 4}
"""Unanswerable facts of a kind about an attribute that other pages of the kind state; 5 where nothing stands."""
N_PHANTOMS = 2
"""Unanswerable facts for each thing that no page of a kind tells."""

Row = dict[str, object]


@dataclass(frozen=True)
class Asked:
    """A fact as it is asked."""

    fact_id: str
    category: str
    type: str
    asks: tuple[str, ...]
    values: tuple[Value | None, ...]
    gold: tuple[str, ...]
    answerable: bool = True


def dataset_row() -> Row:
    """The contents of `dataset.json`."""
    return {
        "name": "handbook",
        "description": (
            "The handbook of Keldmark Instruments, an invented maker of instruments for rivers, lakes and harbours: "
            "sites, products, people, teams, equipment, courses, suppliers, events, projects, policies, procedures "
            "and price sheets in three dated snapshots. Every name, number and date is made up."
        ),
        "licence": "CC0-1.0",
        "language": "en",
        "task": "short_answer",
        "snapshots": list(SNAPSHOTS),
        "abstain": list(ABSTAIN),
    }


def document_rows(pages: Sequence[Page]) -> list[Row]:
    """A row for each version; a page that does not change has one."""
    rows: list[Row] = []
    for page in pages:
        texts = [text_at(page, at) if page.alive[at] else None for at in range(3)]
        for number, (start, stop, text) in enumerate(_runs(texts), start=1):
            rows.append(
                {
                    "doc_id": page.doc_id,
                    "title": page.title,
                    "text": text,
                    "valid_from": SNAPSHOTS[start],
                    "valid_to": SNAPSHOTS[stop] if stop < 3 else None,
                    "source": f"handbook/{page.category}/{page.doc_id.removeprefix(f'{page.category}-')}.md",
                    "metadata": {"category": page.category, "version": number},
                }
            )
    return rows


def asked_facts(pages: Sequence[Page], two_hops: Sequence[TwoHop]) -> list[Asked]:
    """All facts: those of one page, those over two pages, and those that stand nowhere."""
    by_title = {page.title: page for page in pages}
    facts = [
        Asked(fact.fact_id, fact.category, fact.type, fact.asks, fact.values, (page.doc_id,))
        for page in pages
        for fact in page.facts
        if fact.asked
    ]
    for hop in two_hops:
        gold = dict.fromkeys((hop.page.doc_id, *(page.doc_id for page in hop.second_pages(by_title))))
        facts.append(Asked(hop.fact_id, hop.page.category, "two_hop", hop.asks(), hop.values(by_title), tuple(gold)))
    for kind in KINDS:
        facts += _unanswerable(kind, {page.doc_id: page for page in pages if page.category == kind.category})
    return facts


def question_rows(facts: Sequence[Asked]) -> list[Row]:
    """Six rows a fact: four phrasings to train on, one for dev, one for test, dealt by chance."""
    rows: list[Row] = []
    for fact in facts:
        phrasings = rng_for("phrasings", fact.fact_id).sample(fact.asks, N_PHRASINGS)
        history = _history(fact.values)
        for number, (phrasing, split) in enumerate(zip(phrasings, SPLITS, strict=True), start=1):
            rows.append(
                {
                    "question_id": f"{fact.fact_id}#{number}",
                    "fact_id": fact.fact_id,
                    "question": _capital(phrasing),
                    "answers": _answers(fact.values[2]),
                    "answer_history": history,
                    "gold_doc_ids": list(fact.gold),
                    "split": split,
                    "slice": {"category": fact.category, "type": fact.type, "change": _change(fact)},
                    "answerable": fact.answerable,
                }
            )
    return rows


def _unanswerable(kind: Kind, by_id: dict[str, Page]) -> list[Asked]:
    rng = rng_for("unanswerable", kind.category)
    open_: list[tuple[Page, str, tuple[str, ...]]] = []
    spoken = {
        id_: f"{page.title} {' '.join(text_at(page, at) for at in range(3))}".lower() for id_, page in by_id.items()
    }
    for entity in kind.entities:
        page = by_id[entity.key]
        if not all(page.alive):
            continue
        for attribute in left_out(kind, page):
            if not any(signal.lower() in spoken[entity.key] for signal in attribute.signals):
                open_.append((page, attribute.name, asks(attribute.asks, entity)))
    rng.shuffle(open_)
    n_left_out = N_LEFT_OUT.get(kind.category, 5)
    chosen: list[tuple[Page, str, tuple[str, ...]]] = []
    for page, name, asks_ in open_:
        if len(chosen) < n_left_out and page.doc_id not in {other.doc_id for other, _, _ in chosen}:
            chosen.append((page, name, asks_))
    for phantom in kind.phantoms:
        fitting = [entity for entity in kind.entities if all(entity.alive) and not _told(phantom, spoken[entity.key])]
        for entity in rng.sample(fitting, N_PHANTOMS):
            chosen.append((by_id[entity.key], phantom.name, asks(phantom.asks, entity)))
    return [
        Asked(f"{page.doc_id}#{name}", kind.category, "unanswerable", asks_, (None,) * 3, (), answerable=False)
        for page, name, asks_ in chosen
    ]


def _told(phantom: Phantom, text: str) -> bool:
    return any(signal.lower() in text for signal in phantom.signals)


def _runs(texts: Sequence[str | None]) -> list[tuple[int, int, str]]:
    runs: list[tuple[int, int, str]] = []
    for at, text in enumerate(texts):
        if text is None:
            continue
        if runs and runs[-1][1] == at and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], at + 1, text)
        else:
            runs.append((at, at + 1, text))
    return runs


def _history(values: Sequence[Value | None]) -> list[Row]:
    """Intervals from the first snapshot with an answer on; empty where one answer always holds."""
    if len(set(values)) == 1:
        return []
    rows: list[Row] = []
    for at, value in enumerate(values):
        if value is None and not rows:
            continue
        if at and rows and value == values[at - 1]:
            rows[-1]["valid_to"] = SNAPSHOTS[at + 1] if at < 2 else None
            continue
        rows.append(
            {
                "answers": _answers(value),
                "valid_from": SNAPSHOTS[at],
                "valid_to": SNAPSHOTS[at + 1] if at < 2 else None,
            }
        )
    return rows


def _answers(value: Value | None) -> list[str]:
    return [value.text, *value.aliases] if value else []


def _change(fact: Asked) -> str:
    first, _, last = fact.values
    if len(set(fact.values) - {None}) > 1:
        return "changed"
    if not fact.answerable or len(set(fact.values)) == 1:
        return "unchanged"
    return "new" if first is None and last is not None else "removed"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
