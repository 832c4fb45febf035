"""Leaks are found, and phrasings, templates and neighbours are not taken for leaks."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ragvsft.core.values import Dataset, Document, Question, Split, Task
from ragvsft.data.check import check_dataset
from ragvsft.data.checks import joining
from ragvsft.data.checks.leaks import answered_elsewhere, leaked
from ragvsft.data.checks.near_duplicates import near_duplicate_pairs, near_duplicates, reworded
from ragvsft.data.checks.token_table import TokenTable, variants
from ragvsft.data.read import question_key, read_dataset

DEMO = Path(__file__).parents[2] / "data" / "demo"
DAY = date(2024, 1, 1)


@pytest.fixture(scope="module")
def demo() -> Dataset:
    return read_dataset(DEMO)


def asked(question: str, answer: str, split: Split, fact: str, **more: object) -> Question:
    fields = {"question_id": f"{fact}-{split}-{question[:60]}", "fact_id": fact, "question": question, "split": split}
    return replace(Question(answers=(answer,) if answer else (), answerable=bool(answer), **fields), **more)  # type: ignore[arg-type]


def dataset_of(*questions: Question, task: Task = Task.SHORT_ANSWER, labels: tuple[str, ...] = ()) -> Dataset:
    document = Document(doc_id="d", title="", text="A text that is long enough.", valid_from=DAY)
    return Dataset(
        name="made", description="", licence="CC0", language="en", task=task, labels=labels, snapshots=(DAY,),
        documents=(document,), questions=questions,
    )  # fmt: skip


def edited(question: str, kind: int, rng: random.Random, vocabulary: Sequence[str]) -> str:
    """A small edit: case, punctuation, or one word replaced, added or removed."""
    words = question.split()
    at = rng.randrange(len(words))
    match kind:
        case 0:
            return question.upper()
        case 1:
            return question.rstrip("?.") + rng.choice(["", "!", " ?", "..."])
        case 2:
            words[at] = rng.choice(vocabulary)
        case 3:
            words.insert(at, rng.choice(vocabulary))
        case _:
            del words[at]
    return " ".join(words)


@pytest.mark.parametrize("same_fact", [True, False])
def test_200_planted_copies_and_200_near_copies_are_found_and_nothing_else(demo: Dataset, same_fact: bool) -> None:
    rng = random.Random(7)
    tests = rng.sample([question for question in demo.questions if question.split is Split.TEST], 400)
    vocabulary = sorted({word for question in demo.questions for word in question.question.split()})
    planted = []
    for n, question in enumerate(tests):
        text = question.question if n < 200 else edited(question.question, n % 5, rng, vocabulary)
        fact_id = question.fact_id if same_fact else f"planted {n}"
        planted.append(replace(question, question_id=f"p{n}", fact_id=fact_id, split=Split.TRAIN, question=text))
    dirty = replace(demo, questions=(*demo.questions, *planted))
    exact = leaked(dirty)
    assert exact is not None
    in_words = sum(question_key(a.question) == question_key(b.question) for a, b in zip(tests, planted, strict=True))
    assert exact.n == in_words >= 200
    pairs = near_duplicate_pairs(dirty.questions, dirty.task)
    near = {dirty.questions[at].question_id for at, _ in pairs}
    wanted = {
        question.question_id
        for question, copy in zip(tests, planted, strict=True)
        if question_key(question.question) != question_key(copy.question)
    }
    assert len(near & wanted) >= 0.95 * len(wanted)
    assert near <= {question.question_id for question in tests}
    assert near_duplicate_pairs(demo.questions, demo.task) == []


@pytest.mark.parametrize(
    "train",
    [
        "who chairs the works council of mill lane",
        "Who chairs the works council of Mill Lane now?",
        "Who chairs the council of Mill Lane?",
        "Who leads the works council of Mill Lane?",
        "The works council of Mill Lane, who chairs?",
    ],
)
def test_small_edits_are_near_duplicates_with_the_same_fact_or_the_same_answer(train: str) -> None:
    test = asked("Who chairs the works council of Mill Lane?", "Ada Byron", Split.TEST, "chair")
    for fact, answer in (("chair", "Ada Byron"), ("another", "Ada  Byron!")):
        found = near_duplicates(dataset_of(asked(train, answer, Split.TRAIN, fact), test))
        assert found is not None
        assert (found.level, found.n, found.of) == ("warning", 1, 1)
        assert train in found.examples[0]
    assert near_duplicates(dataset_of(asked(train, "Bo Lin", Split.TRAIN, "another"), test)) is None


def test_two_words_of_a_long_question_are_an_edit_too() -> None:
    words = (
        "which of four big rivers that cross an old border near this northern town carries most water down in spring "
        "when snow melts"
    )
    test = asked(f"{words}?", "Elde", Split.TEST, "one")
    train = asked(words.replace("big", "large").replace("town", "city"), "Elde", Split.DEV, "two")
    assert near_duplicate_pairs([test, train], Task.SHORT_ANSWER) == [(0, 1)]
    far = asked(
        "which of the rivers that cross a border near the town is loved most by anglers", "Elde", Split.DEV, "two"
    )
    assert near_duplicate_pairs([test, far], Task.SHORT_ANSWER) == []


def test_a_template_is_no_edit_even_where_answers_are_shared() -> None:
    # Each fact in one split, so that no fact is tested twice: only the template tells.
    owners = [
        asked(f"Who owns the house {name}?", "the city", (Split.TRAIN, Split.TEST)[n % 2], f"owner {name}")
        for n, name in enumerate(("Birch", "Cedar", "Elm"))
    ]
    assert near_duplicate_pairs(owners, Task.SHORT_ANSWER) == []
    assert near_duplicate_pairs(owners[:2], Task.SHORT_ANSWER) == [(1, 0)]


def test_two_facts_that_are_trained_and_tested_with_one_answer_are_neighbours() -> None:
    def facts(answer_of_head: str) -> list[Question]:
        return [
            asked("Who is the chair of Mill Lane?", "Ada Byron", Split.TEST, "chair"),
            asked("Who is the head of Mill Lane?", "Ada Byron", Split.TRAIN, "head"),
            asked("Name the person at the head of it.", answer_of_head, Split.TEST, "head"),
            asked("In whose hands is the chair there?", "Ada Byron", Split.TRAIN, "chair"),
        ]

    assert near_duplicate_pairs(facts("Ada Byron"), Task.SHORT_ANSWER) == []
    # Without a training row of its own, the tested fact could be learnt from the other's.
    assert near_duplicate_pairs(facts("Ada Byron")[:3], Task.SHORT_ANSWER) == [(0, 1)]
    # A row that says something else than its own fact was put there.
    assert near_duplicate_pairs(facts("Bo Lin"), Task.SHORT_ANSWER) == [(0, 1)]


def test_another_number_is_another_question() -> None:
    pair = [
        asked("Who was mayor of Mill Lane in 1902?", "Ada Byron", Split.TRAIN, "1902"),
        asked("Who was mayor of Mill Lane in 1904?", "Ada Byron", Split.TEST, "1904"),
    ]
    assert near_duplicate_pairs(pair, Task.SHORT_ANSWER) == []


def test_a_shared_label_is_no_shared_answer_but_a_shared_document_is() -> None:
    def pair(document: str) -> list[Question]:
        return [
            asked("Does aspirin help in stroke?", "yes", Split.TRAIN, "a", gold_doc_ids=(document,)),
            asked("Does warfarin help in stroke?", "yes", Split.TEST, "b", gold_doc_ids=("paper",)),
        ]

    assert near_duplicate_pairs(pair("other paper"), Task.LABEL) == []
    assert near_duplicate_pairs(pair("paper"), Task.LABEL) == [(1, 0)]


def test_questions_without_words_or_of_one_word_are_not_compared_to_death() -> None:
    odd = [
        asked(text, "x", split, f"{text} {split}")
        for text in ("?", "Why?", "How?", "为什么", "!!!")
        for split in (Split.TRAIN, Split.TEST)
    ]
    pairs = near_duplicate_pairs(odd, Task.SHORT_ANSWER)
    assert all(question_key(odd[a].question) != question_key(odd[b].question) for a, b in pairs)


def test_work_in_parts_finds_the_same(demo: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    tests = rng.sample([question for question in demo.questions if question.split is Split.TEST], 50)
    planted = [
        replace(q, question_id=f"p{n}", split=Split.DEV, question=f"{q.question} now") for n, q in enumerate(tests)
    ]
    questions = (*demo.questions, *planted)
    whole = near_duplicate_pairs(questions, demo.task)
    monkeypatch.setattr(joining, "_MOST_KEYS", 1_000)
    assert near_duplicate_pairs(questions, demo.task) == whole
    assert len(whole) == 50


def test_variants_are_equal_exactly_where_word_lists_are() -> None:
    table = TokenTable.of([["a", "b", "c"], ["a", "c"], ["a", "x", "c"], ["a", "a", "c"], ["c", "a"]])
    found = [variants(words) for _, words in table.by_length(np.arange(5))]
    (two, three) = found
    whole_ac, whole_ca = two[0, 0], two[1, 0]
    assert whole_ac != whole_ca
    assert [list(row == whole_ac) for row in three] == [
        [False, False, True, False],
        [False, False, True, False],
        [False, True, True, False],
    ]


def test_an_answer_in_a_training_row_of_another_fact_is_told_and_many_warn() -> None:
    def facts(n: int, n_shared: int) -> Dataset:
        rows = []
        for i in range(n):
            answer = f"Holder{i} Smith"
            rows += [
                asked(f"Who has badge {i}?", answer, Split.TRAIN, f"f{i}"),
                asked(f"Badge {i} is whose?", answer, Split.TEST, f"f{i}"),
            ]
            if i < n_shared:
                rows.append(asked(f"What did holder{i} SMITH, the clerk, say?", "no", Split.TRAIN, f"g{i}"))
        return dataset_of(*rows)

    assert answered_elsewhere(facts(8, 0)) is None
    few, many = answered_elsewhere(facts(8, 1)), answered_elsewhere(facts(8, 2))
    assert few is not None
    assert many is not None
    assert (few.level, few.n, few.of) == ("note", 1, 8)
    assert (many.level, many.n, many.of) == ("warning", 2, 8)
    assert (
        many.examples[0]
        == "f0-test-Badge 0 is whose?: 'holder0 smith' is in g0-train-What did holder0 SMITH, the clerk, say?"
    )
    report = check_dataset(facts(8, 1))
    assert [note.kind for note in report.notes] == ["answer_in_other_training_row", "few_tested_facts"]
    assert all(finding.level != "note" for finding in report.findings)


def test_answers_that_stand_everywhere_are_not_looked_for() -> None:
    rows = [asked("How many?", "two", Split.TEST, "a"), asked("Count the two of them.", "2", Split.TRAIN, "b")]
    assert answered_elsewhere(dataset_of(*rows)) is None


def test_a_word_that_a_set_exchanges_in_every_fact_is_its_own_phrasing_and_a_note() -> None:
    def people(n: int) -> list[Question]:
        return [
            asked(f"How many {word} does {name} have?", str(number), split, name)
            for number, name in enumerate(("Ada", "Bo", "Cy", "Di")[:n])
            for word, split in (("kids", Split.TEST), ("children", Split.TRAIN), ("sons", Split.DEV))
        ]

    assert len(near_duplicate_pairs(people(2), Task.SHORT_ANSWER)) == 2
    assert reworded(dataset_of(*people(2))) is None
    assert near_duplicate_pairs(people(4), Task.SHORT_ANSWER) == []
    note = reworded(dataset_of(*people(4)))
    assert note is not None
    assert (note.level, note.n, note.of) == ("note", 4, 4)
    # Beside the set's own phrasings an edit is seen, before them in the file or after them.
    edit = asked("How many toys does Bo have?", "1", Split.TRAIN, "Bo")
    for questions in ([edit, *people(4)], [*people(4), edit]):
        ((at, other),) = near_duplicate_pairs(questions, Task.SHORT_ANSWER)
        assert questions[at].fact_id == "Bo"
        assert questions[other] == edit
