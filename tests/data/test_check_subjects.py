"""What `data check` looks for besides leaks: labels, phrasings, lengths, languages, personal data."""

from dataclasses import replace
from datetime import date

import pytest

from ragvsft.core.values import Dataset, Document, Question, Split, Task
from ragvsft.data.check import check_dataset
from ragvsft.data.checks.labels import majority
from ragvsft.data.checks.languages import other_language
from ragvsft.data.checks.people import is_card, is_iban, patterns

DAY = date(2024, 1, 1)
ENGLISH = (
    "The river crosses the old town and is known for its bridges, which were built by the guild of masons. "
    "It has been the border of the county for more than three hundred years, and the mills that stood on it are gone."
)
GERMAN = (
    "Der Fluss durchquert die alte Stadt und ist für seine Brücken bekannt, die von den Maurern gebaut wurden. "
    "Er ist seit mehr als dreihundert Jahren die Grenze der Grafschaft, und die Mühlen, die an ihm standen, sind weg."
)
FRENCH = (
    "La rivière traverse la vieille ville et est connue pour ses ponts, qui ont été construits par des maçons. "
    "Elle est depuis plus de trois cents ans la frontière du comté, et les moulins qui se trouvaient là ont disparu."
)
RUSSIAN = "Река пересекает старый город и известна своими мостами, построенными гильдией каменщиков."
JAPANESE = "この川は旧市街を横切り、石工組合が建てた橋で知られている。三百年以上にわたって郡の境界である。"


def question(n: int, split: Split = Split.TEST, answer: str = "yes", **more: object) -> Question:
    plain = Question(
        question_id=f"{split}{n}", fact_id=f"f{split}{n}", question=f"Is sample {split} {n * 7919} sound?",
        answers=(answer,), split=split, gold_doc_ids=("d",),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def dataset(*questions: Question, text: str = ENGLISH, **more: object) -> Dataset:
    plain = Dataset(
        name="made", description="", licence="CC0", language="en", task=Task.LABEL, labels=("yes", "no", "maybe"),
        snapshots=(DAY,), documents=(Document(doc_id="d", title="", text=text, valid_from=DAY),), questions=questions,
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def found(made: Dataset) -> dict[str, tuple[int, int]]:
    report = check_dataset(made)
    return {finding.kind: (finding.n, finding.of) for finding in report.findings}


def labelled(yes: int, no: int, maybe: int) -> list[Question]:
    answers = ["yes"] * yes + ["no"] * no + ["maybe"] * maybe
    return [question(n, answer=answer) for n, answer in enumerate(answers)]


def test_the_majority_score_is_told_and_warned_of_when_it_is_high() -> None:
    uneven = dataset(*labelled(15, 10, 5))
    assert found(uneven) == {"frequent_label": (15, 30)}
    report = check_dataset(uneven)
    # F1 of "yes": 2·15 / (15 + 30) = 2/3; of the others 0; averaged over three labels 2/9.
    assert report.majority == {
        "answer": "yes", "n": 15, "of": 30, "accuracy": 0.5, "macro_f1": 0.2222,
        "train": {"yes": 0, "no": 0, "maybe": 0}, "dev": {"yes": 0, "no": 0, "maybe": 0},
        "test": {"yes": 15, "no": 10, "maybe": 5},
    }  # fmt: skip
    assert report.warnings[0].examples == ("'yes': 15", "'no': 10", "'maybe': 5")
    assert "50.0%" in report.warnings[0].message
    assert found(dataset(*labelled(14, 10, 6))) == {}
    assert found(dataset(*labelled(10, 5, 0))) == {"label_never_asked": (1, 6)}


def test_a_short_answer_that_is_often_right_is_warned_of() -> None:
    texts = [f"answer number {n}" for n in range(18)] + ["Paris", "paris!"]
    asked = [question(n, answer=text) for n, text in enumerate(texts)]
    short = dataset(*asked, task=Task.SHORT_ANSWER, labels=(), text=f"{ENGLISH} {'. '.join(texts)}")
    assert found(short) == {"frequent_answer": (2, 20)}
    assert majority(short) == {"answer": "paris", "n": 2, "of": 20, "accuracy": 0.1}
    assert majority(dataset()) is None


def test_missing_and_many_phrasings() -> None:
    facts = [
        question(n, split, fact_id=f"f{n}", question_id=f"{n}{split}")
        for n in range(5)
        for split in (Split.TRAIN, Split.TEST)
    ]
    assert "tested_fact_without_training_phrasing" not in found(dataset(*facts))
    assert found(dataset(*facts[1:]))["tested_fact_without_training_phrasing"] == (1, 5)
    many = [question(100 + n, Split.TRAIN, fact_id="f0", question_id=f"more{n}") for n in range(5)]
    assert found(dataset(*facts, *many))["many_phrasings"] == (1, 5)
    assert "many_phrasings" not in found(dataset(*facts, *many[1:]))


def test_long_questions_and_answers() -> None:
    long = question(0, question="Is it so? " * 101)
    assert found(dataset(long))["long_question"] == (1, 1)
    answer = "word " * 41
    wordy = question(0, answers=(answer.strip(),))
    made = dataset(wordy, task=Task.SHORT_ANSWER, labels=(), text=f"{ENGLISH} {answer}")
    assert found(made) == {"long_answer": (1, 1)}
    assert found(replace(made, questions=(replace(wordy, answers=(answer, "word")),))) == {}
    assert found(replace(made, task=Task.LONG_FORM)) == {}


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        (ENGLISH, "en", None),
        (ENGLISH, "en-GB", None),
        (GERMAN, "en", "de"),
        (FRENCH, "en", "fr"),
        (GERMAN, "de", None),
        (ENGLISH, "de", "en"),
        (RUSSIAN, "en", "Cyrillic script"),
        (RUSSIAN, "bg", None),
        (ENGLISH, "ru", "Latin script"),
        (JAPANESE, "ja", None),
        (JAPANESE, "en", "Hiragana script"),
        (GERMAN, "xx", None),
        ("42 1,200 7.5", "en", None),
        ("Kraftfahrzeug-Haftpflichtversicherung", "en", None),
        ("Caf\u00e9 M\u00fcller", "en", None),
    ],
)
def test_only_a_text_that_is_clearly_in_another_language_is_named(text: str, language: str, other: str | None) -> None:
    assert other_language(text, language) == other


def test_a_document_in_another_language_is_found() -> None:
    made = dataset(question(0))
    german = Document(doc_id="german", title="", text=GERMAN, valid_from=DAY)
    report = check_dataset(replace(made, documents=(*made.documents, german)))
    (warning,) = (warning for warning in report.warnings if warning.kind == "other_language")
    assert (warning.n, warning.of, warning.examples) == (1, 2, ("german: de",))


def test_personal_data_are_found_and_never_shown() -> None:
    secrets = ["erika.mustermann@firma.de", "+49 30 901820", "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111"]
    made = dataset(question(0), text=f"{ENGLISH} Write to {secrets[0]} or {secrets[1]}; {secrets[2]}, {secrets[3]}.")
    report = check_dataset(made)
    (warning,) = (warning for warning in report.warnings if warning.kind == "personal_data")
    assert (warning.n, warning.of) == (1, 2)
    assert warning.examples[0] == (
        "document d: e-mail address e…e (25 characters), account number D…0 (27 characters), "
        "telephone number +…0 (13 characters), card number 4…1 (19 characters)"
    )
    told = str(report.to_json()["findings"])
    assert not any(part in told for secret in secrets for part in (secret, secret[2:10]))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("mail me: a.b+c@mail.co.uk, please", ["e-mail address"]),
        ("user@example.com and root@localhost", []),
        ("call (212) 736-5000 today", ["telephone number"]),
        ("call +1 212 736 5000 today", ["telephone number"]),
        ("Tel. 030/901820-11", []),
        ("Tel. 0711 1234567", ["telephone number"]),
        ("call 0555 123 456, an invented number", []),
        ("card 4111-1111-1111-1111", ["card number"]),
        ("card 4111-1111-1111-1112", []),
        ("GB82 WEST 1234 5698 7654 32", ["account number"]),
        ("GB82 WEST 1234 5698 7654 33", []),
        ("born 1912-06-23, died 1954-06-07; ISBN 978-3-16-148410-0", []),
        ("1,234,567,890 people; 3.14159265358979; 2023-01-01 2024-01-01", []),
        ("from 1990 1991 1992 1993 1994", []),
        ("revision 1264700007 of page 123456789", []),
    ],
)
def test_patterns_of_personal_data(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in patterns(text)] == kinds


def test_check_digits() -> None:
    assert is_card("378282246310005")
    assert not is_card("378282246310006")
    assert not is_card("0000000000000000")
    assert is_iban("FR1420041010050500013M02606")
    assert not is_iban("FR1420041010050500013M02607")
