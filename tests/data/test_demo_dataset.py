"""What the demo dataset promises: the same bytes at every run, and every property that makes it worth testing on."""

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from ragvsft.core.values import Change, Dataset, Split, WaveQuestion
from ragvsft.data.check import check_dataset
from ragvsft.data.read import FILES, question_key, read_dataset
from ragvsft.data.snapshots import documents_at, questions_at
from ragvsft.metrics.normalise import contains_answer

FOLDER = Path(__file__).parents[2] / "data" / "demo"
TYPES = {"single_hop", "two_hop", "numeric", "date", "unanswerable"}

TELLTALE = {
    "address": ("street",),
    "award": ("award", "prize"),
    "band": ("music", "band"),
    "battery": ("charge", "battery"),
    "birthday": ("birth", "born"),
    "budget": ("budget",),
    "capacity": ("guests", "room for"),
    "colour": ("colour is", "painted in", "paint it"),
    "consultant": ("consult",),
    "contact": ("contact",),
    "contract_end": ("contract",),
    "cost": (" cost ", "price", "€"),
    "cut_off": ("cut-off",),
    "date": ("takes place",),
    "depth": ("depth", "deep"),
    "fee": (" fee ", "€"),
    "firmware": ("firmware",),
    "former_employer": ("employed", "came to us from"),
    "founder": ("founded", "founder"),
    "heating": ("heat", "boiler", "stove"),
    "inspection": ("inspected every", "interval"),
    "joined": ("joined",),
    "keeper": ("keeper",),
    "language": ("language",),
    "launched": ("on sale", "sales began"),
    "lead": ("is led", "leads", "project lead"),
    "meeting": ("weekly round",),
    "on_call": ("on-call", "telephone 0"),
    "opening": ("opens",),
    "parking": ("parking",),
    "payment": ("payable",),
    "penalty": ("penalty",),
    "places": ("places",),
    "rent": ("rent", "landlord"),
    "response_time": ("answered",),
    "room": ("in room", "room:", "is in room"),
    "salary": ("salary", "earn"),
    "service_firm": ("service firm",),
    "size": ("members",),
    "sponsor": ("sponsor",),
    "staff": ("employees", "headcount"),
    "stand_in": ("stands in",),
    "start": ("doors open",),
    "stations": ("stations",),
    "top_speed": ("speed",),
    "trainer": ("trainer", "taught by"),
    "units_sold": ("units sold", "were sold"),
}
"""Words without which nobody could state what an unanswerable fact asks about, by the name in its id."""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return read_dataset(FOLDER)


@pytest.fixture(scope="module")
def waves(dataset: Dataset) -> dict[date, list[WaveQuestion]]:
    """One question of each fact, the test one, at every snapshot."""
    asked: dict[date, list[WaveQuestion]] = {}
    previous = None
    for at in dataset.snapshots:
        questions, _ = questions_at(dataset, at, previous)
        asked[at] = [question for question in questions if question.split is Split.TEST]
        previous = at
    return asked


def pages_at(dataset: Dataset, at: date) -> dict[str, str]:
    return {document.doc_id: document.text for document in documents_at(dataset, at)}


def answered(waves: dict[date, list[WaveQuestion]]) -> Iterator[tuple[date, WaveQuestion]]:
    for at, questions in waves.items():
        yield from ((at, question) for question in questions if question.answers)


def test_the_script_writes_the_same_bytes_with_the_standard_library_alone(tmp_path: Path) -> None:
    script = FOLDER / "write_demo.py"
    subprocess.run([sys.executable, "-I", "-S", "-B", script, "--out", tmp_path], check=True, capture_output=True)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_the_check_finds_nothing_to_complain_about(dataset: Dataset) -> None:
    assert not check_dataset(dataset).findings


def test_size_and_head(dataset: Dataset) -> None:
    assert dataset.name == "handbook"
    assert dataset.licence == "CC0-1.0"
    assert dataset.abstain[0] == "I don't know"
    assert len(dataset.snapshots) == 3
    assert len({document.doc_id for document in dataset.documents}) >= 150
    assert all(300 <= len(document.text) <= 2500 for document in dataset.documents)
    titles = {document.doc_id: document.title for document in dataset.documents}
    assert len(set(titles.values())) == len(titles)


def test_facts_of_every_kind_are_numerous(dataset: Dataset) -> None:
    slices = {question.fact_id: question.slice for question in dataset.questions}
    types = Counter(value["type"] for value in slices.values())
    assert set(types) == TYPES
    assert len(slices) - types["unanswerable"] >= 600
    assert types["two_hop"] >= 60
    assert types["unanswerable"] >= 60
    changes = Counter(value["change"] for value in slices.values())
    assert set(changes) == {str(change) for change in Change}
    assert changes["unchanged"] >= 450
    assert changes["changed"] >= 150
    assert min(changes.values()) >= 30
    assert min(Counter(value["category"] for value in slices.values()).values()) >= 30


def test_most_facts_stand_at_every_snapshot(dataset: Dataset, waves: dict[date, list[WaveQuestion]]) -> None:
    n_times = Counter(question.fact_id for _, question in answered(waves))
    assert sum(n == 3 for n in n_times.values()) > 0.85 * len(n_times)


def test_six_phrasings_a_fact_and_no_text_twice(dataset: Dataset) -> None:
    splits: dict[str, Counter[Split]] = defaultdict(Counter)
    for question in dataset.questions:
        splits[question.fact_id][question.split] += 1
    assert all(counted == {Split.TRAIN: 4, Split.DEV: 1, Split.TEST: 1} for counted in splits.values())
    texts = Counter(question_key(question.question) for question in dataset.questions)
    assert texts.most_common(1)[0][1] == 1


def test_a_split_is_not_betrayed_by_the_first_word(dataset: Dataset) -> None:
    """No way of opening a question belongs to one split alone: the phrasings are dealt by chance."""
    by_opening: dict[str, Counter[Split]] = defaultdict(Counter)
    for question in dataset.questions:
        by_opening[question.question.split()[0]][question.split] += 1
    for opening, counted in by_opening.items():
        if (n := counted.total()) >= 60:
            assert abs(counted[Split.TEST] / n - 1 / 6) < 0.12, (opening, counted)


def test_about_fifteen_percent_change_at_each_snapshot(waves: dict[date, list[WaveQuestion]]) -> None:
    for before, after in pairwise(waves.values()):
        stood = {question.fact_id for question in before if question.answers}
        both = [question for question in after if question.answers and question.fact_id in stood]
        changes = Counter(question.change for question in after)
        assert 0.12 <= changes[Change.CHANGED] / len(both) <= 0.18
        assert changes[Change.NEW] >= 10
        assert changes[Change.REMOVED] >= 10


def test_the_life_of_a_fact_is_in_its_slice(dataset: Dataset) -> None:
    for question in dataset.questions:
        spellings = [interval.answers for interval in question.answer_history]
        values = {answers for answers in spellings if answers}
        if not spellings:
            expected = "unchanged"
        elif len(values) > 1:
            expected = "changed"
        else:
            expected = "removed" if () in spellings else "new"
        assert question.slice["change"] == expected, question.fact_id
        assert {interval.valid_from for interval in question.answer_history} <= set(dataset.snapshots)


def test_pages_come_and_go_and_change_only_where_a_fact_does(
    dataset: Dataset, waves: dict[date, list[WaveQuestion]]
) -> None:
    versions = {at: pages_at(dataset, at) for at in dataset.snapshots}
    first, _, last = versions.values()
    assert len(set(last) - set(first)) >= 3
    assert len(set(first) - set(last)) >= 3
    for before, after in pairwise(dataset.snapshots):
        changed = {doc_id for doc_id, text in versions[after].items() if versions[before].get(doc_id, text) != text}
        moved = {
            question.fact_id.split("#")[0] for question in waves[after] if question.change not in (None, "unchanged")
        }
        assert changed <= moved
    rows = Counter(document.doc_id for document in dataset.documents)
    texts: dict[str, set[str]] = defaultdict(set)
    for document in dataset.documents:
        texts[document.doc_id].add(document.text)
    assert all(rows[doc_id] == len(texts[doc_id]) for doc_id in rows)


def test_every_answer_stands_in_a_gold_page(dataset: Dataset, waves: dict[date, list[WaveQuestion]]) -> None:
    pages = {at: pages_at(dataset, at) for at in dataset.snapshots}
    for at, question in answered(waves):
        texts = [pages[at][doc_id] for doc_id in question.gold_doc_ids]
        assert any(question.answers[0] in text for text in texts), (question.question_id, at)


def test_an_answer_stands_once_and_an_old_one_no_more(dataset: Dataset, waves: dict[date, list[WaveQuestion]]) -> None:
    pages = {at: pages_at(dataset, at) for at in dataset.snapshots}
    n_stale = 0
    for at, questions in waves.items():
        for question in questions:
            page = pages[at].get(question.fact_id.split("#")[0], "")
            for stale in question.stale_answers:
                n_stale += 1
                assert not contains_answer(page, stale), (question.question_id, at, stale)
            if question.answers and question.slice["type"] != "two_hop":
                assert page.count(question.answers[0]) == 1, (question.question_id, at)
    assert n_stale > 300


def test_two_hop_questions_need_both_pages(dataset: Dataset, waves: dict[date, list[WaveQuestion]]) -> None:
    titles = {document.doc_id: document.title for document in dataset.documents}
    pages = {at: pages_at(dataset, at) for at in dataset.snapshots}
    for at, question in answered(waves):
        if question.slice["type"] != "two_hop":
            continue
        first, *others = question.gold_doc_ids
        assert others, question.question_id
        assert not any(contains_answer(pages[at][first], answer) for answer in question.answers), question.question_id
        (second,) = (doc_id for doc_id in others if titles[doc_id] in pages[at][first])
        assert question.answers[0] in pages[at][second], question.question_id
        assert titles[second] not in question.question


def test_questions_name_their_page(dataset: Dataset) -> None:
    """For pages about a thing; a policy or price sheet is recognised by what it rules."""
    titles = {document.doc_id: document.title for document in dataset.documents}
    for question in dataset.questions:
        if question.slice["category"] not in ("policy", "procedure", "tariff"):
            title = titles[question.fact_id.split("#")[0]].lower()
            assert title in question.question.lower(), question.question_id


def test_unanswerable_questions_are_answered_nowhere(dataset: Dataset) -> None:
    texts: dict[str, str] = defaultdict(str)
    stated = {question.fact_id for question in dataset.questions if question.answerable}
    for document in dataset.documents:
        texts[document.doc_id] += f"{document.text} ".lower()
    facts = {question.fact_id for question in dataset.questions if not question.answerable}
    also_answerable = 0
    for fact_id in facts:
        doc_id, name = fact_id.split("#")
        found = [word for word in TELLTALE[name] if word in texts[doc_id]]
        assert not found, (fact_id, found)
        also_answerable += any(other.endswith(f"#{name}") for other in stated)
    assert also_answerable >= 40, "most are asked in words that have an answer on other pages"
    for question in dataset.questions:
        assert question.answerable or not (question.answers or question.gold_doc_ids or question.answer_history)


def test_guessing_the_commonest_answer_gets_nowhere(waves: dict[date, list[WaveQuestion]]) -> None:
    for questions in waves.values():
        for key in ("category", "type"):
            answers: dict[str, Counter[str]] = defaultdict(Counter)
            for question in questions:
                if question.answers:
                    answers[question.slice[key]][question.answers[0]] += 1
            for kind, counted in answers.items():
                assert counted.most_common(1)[0][1] / counted.total() < 0.05, (kind, counted.most_common(1))


def test_answers_are_short_and_distinct(waves: dict[date, list[WaveQuestion]]) -> None:
    for at, question in answered(waves):
        assert 1 <= len(question.answers[0].split()) <= 6, (question.question_id, at)
        assert len(set(question.answers)) == len(question.answers)
        assert not {answer.lower() for answer in question.answers} & {"yes", "no"}
    by_name: dict[str, set[str]] = defaultdict(set)
    for _, question in answered(waves):
        if question.slice["type"] != "two_hop":
            by_name[f"{question.slice['category']} {question.fact_id.split('#')[1]}"].add(question.answers[0])
    for name, values in by_name.items():
        for value in values:
            assert not any(value != other and contains_answer(other, value) for other in values), (name, value)


def test_the_readme_tells_the_right_figures(dataset: Dataset, waves: dict[date, list[WaveQuestion]]) -> None:
    readme = " ".join((FOLDER.parent / "README.md").read_text(encoding="utf-8").split())
    slices = {question.fact_id: question.slice for question in dataset.questions}
    types = Counter(value["type"] for value in slices.values())
    changes = Counter(value["change"] for value in slices.values())
    n_pages = len({document.doc_id for document in dataset.documents})
    lengths = [len(document.text) for document in dataset.documents]
    told = [
        f"{n_pages} pages in 3 dated snapshots, {len(slices)} facts, {len(dataset.questions):,} questions",
        f"{len(lengths)} versions of {min(lengths)} to {max(lengths):,} characters, "
        f"{round(sum(lengths) / len(lengths))} on average",
        *(f"{n} `{name}`" for name, n in (types | changes).items()),
    ]
    for before, after in pairwise(waves.values()):
        stood = {question.fact_id for question in before if question.answers}
        n_both = sum(bool(question.answers) and question.fact_id in stood for question in after)
        told.append(f"{sum(question.change is Change.CHANGED for question in after) / n_both:.1%}".replace("%", " %"))
    for figure in told:
        assert figure in readme, figure
