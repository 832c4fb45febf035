"""Finds test questions that stand almost word for word among the train and dev questions.

Phrasings of one fact in several splits are the design, and templates ("Who owns X?") are common, so likeness of text
alone accuses the innocent. The rule:

- Two questions are *alike* when they have the same words in any order, when one word is put in, taken out or
  replaced, or, from ten words on, when their sets of words overlap by 0.8 (Jaccard, candidates by MinHash, Broder
  1997).
- Alike questions are near-duplicates when they ask about the same fact, or have an answer in common.
- A replaced word is no edit but the dataset's own contrast ("the CEO of X", "the chair of X") where a third fact has
  yet another word in that place, or where each of both facts is trained and tested itself with that answer; and so
  is another number ("in 1902", "in 1904").
- Nor is it one where the phrasings of three facts exchange the same two words ("kids", "children"): so this set
  phrases its questions anew. That is told by a note of its own.

Every step is a join of hashes (`joining.py`), so that no set of questions, however alike, is compared pair by pair.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ragvsft.core.values import Dataset, Question, Split, Task
from ragvsft.data.checks.finding import Finding, finding
from ragvsft.data.checks.joining import Claims, Keys, Side, joined
from ragvsft.data.checks.token_table import Hashes, Places, TokenTable, hashes_of, minima, mixed, variants
from ragvsft.data.read import question_key
from ragvsft.metrics.normalise import tokens

OVERLAP = 0.8
LONG_WORDS = 10
_BANDS = 16
_MOST_REWORDINGS = 8
"""Rows with another word in one place that are looked at for a question: so many phrasings few facts have."""
_ASIDE = np.uint64(0x5851F42D4C957F2D)

Pair = tuple[int, int]
"""Places of a test question and of a train or dev question."""


def near_duplicates(dataset: Dataset) -> Finding | None:
    """Test questions that are almost a train or dev question; those that are one word for word are not repeated."""
    questions = dataset.questions
    pairs = near_duplicate_pairs(questions, dataset.task)
    return finding(
        "warning",
        "near_duplicate_question",
        "test questions that are a train or dev question but for a word or so",
        (
            f"{questions[at].question_id} ~ {questions[other].question_id}: "
            f"{questions[at].question} / {questions[other].question}"
            for at, other in pairs
        ),
        sum(question.split is Split.TEST for question in questions),
    )


def reworded(dataset: Dataset) -> Finding | None:
    """Test questions that are a train or dev question of their fact but for a word that this set exchanges often."""
    questions = dataset.questions
    work = _Work.of(questions, dataset.task)
    swapped = dict(_rewordings(work)[1]) if len(work.tests) and len(work.others) else {}
    return finding(
        "note",
        "reworded_by_one_word",
        "test questions that are another phrasing of their fact but for one word, the same in three facts or more",
        (
            f"{questions[at].question_id} ~ {questions[other].question_id}: "
            f"{questions[at].question} / {questions[other].question}"
            for at, other in sorted(swapped.items())
        ),
        sum(question.split is Split.TEST for question in questions),
    )


def near_duplicate_pairs(questions: Sequence[Question], task: Task) -> list[tuple[int, int]]:
    """Places of test questions, each with that of one train or dev question that it nearly repeats; in order."""
    work = _Work.of(questions, task)
    if not len(work.tests) or not len(work.others):
        return []
    found: dict[int, int] = {}
    for at, other in _alike(work):
        if at not in found and _is_edit(questions[at], questions[other]):
            found[at] = other
    return sorted(found.items())


def _is_edit(question: Question, other: Question) -> bool:
    """Whether alike questions are neither the same nor parted by another number; same facts have no other numbers."""
    if question_key(question.question) == question_key(other.question):
        return False
    if question.fact_id == other.fact_id:
        return True
    numbers, others = (
        sorted(word for word in tokens(text) if any(char.isdigit() for char in word))
        for text in (question.question, other.question)
    )
    return len(numbers) != len(others) or numbers == others


@dataclass(frozen=True, slots=True)
class _Work:
    table: TokenTable
    facts: Hashes
    answers: Claims
    tests: Places
    others: Places

    @classmethod
    def of(cls, questions: Sequence[Question], task: Task) -> "_Work":
        is_test = np.fromiter((question.split is Split.TEST for question in questions), bool, len(questions))
        table = TokenTable.of(tokens(question.question) for question in questions)
        answers = TokenTable.of(_answers(question, task) for question in questions)
        has_words = table.starts[1:] > table.starts[:-1]
        return cls(
            table,
            hashes_of(question.fact_id for question in questions),
            Claims(answers.flat, answers.starts),
            np.flatnonzero(is_test & has_words),
            np.flatnonzero(~is_test & has_words),
        )

    def joined(
        self, test_keys: Keys, claims: Claims, other_keys: Keys, other_claims: Claims
    ) -> Iterator[tuple[int, int, int]]:
        """Test rows that share a key and a claim with another row; see `joining.joined`."""
        return joined(self.table, Side(self.tests, test_keys, claims), Side(self.others, other_keys, other_claims))

    def truths(self, rows: Places) -> Hashes:
        """Facts joined with their answers, as the rows state them."""
        owners, flat = self.answers.of(rows)
        return np.unique(mixed(self.facts[rows][owners], flat))


def _answers(question: Question, task: Task) -> Iterable[str]:
    """What a question of another fact must share: an answer of any time; with labels the gold document too."""
    if task is Task.LABEL and question.gold_doc_ids:
        return [f"{answer}\n{doc_id}" for answer in question.answers for doc_id in question.gold_doc_ids]
    given = [*question.answers, *(answer for interval in question.answer_history for answer in interval.answers)]
    return dict.fromkeys(" ".join(tokens(answer)) or answer for answer in given or ("",))


def _alike(work: _Work) -> Iterator[tuple[int, int]]:
    # Sorted by row: a claim of a row lies at its row's place.
    n = len(work.facts)
    same_fact = Claims(work.facts, np.arange(n + 1))
    untested = work.answers.without(work.others, work.facts, work.truths(work.tests))
    untrained = work.answers.without(work.tests, work.facts, work.truths(work.others))
    # Two facts with one answer that are both trained and tested are neighbours, and neither leaks into the other.
    strangers = ((work.answers, untested), (untrained, work.answers))
    for claims in (same_fact, work.answers):
        for test_keys, other_keys in ((_orders, _orders), (_wholes, _shortened), (_shortened, _wholes)):
            for at, other, _ in work.joined(test_keys, claims, other_keys, claims):
                yield at, other
    yield from _rewordings(work)[0]
    replaced = [row for claims, theirs in strangers for row in work.joined(_gaps, claims, _gaps, theirs)]
    crowded = _crowded(work, np.unique(np.array([gap for _, _, gap in replaced], dtype=np.uint64)))
    for at, other, gap in replaced:
        if gap not in crowded:
            yield at, other
    for claims, theirs in ((same_fact, same_fact), *strangers):
        for at, other, _ in work.joined(_bands, claims, _bands, theirs):
            words, others = work.table.row(at), work.table.row(other)
            # Of one replaced word the place has decided already.
            if _overlap(words, others) >= OVERLAP and (len(words) != len(others) or (words != others).sum() > 1):
                yield at, other


def _rewordings(work: _Work) -> tuple[list[Pair], list[Pair]]:
    """Test questions with another word in one place than a row about their fact: edits, and the set's own rewordings.

    A join gives one row for each place, so that row is put aside and the next one is looked for, until there is none.
    """
    same_fact = Claims(work.facts, np.arange(len(work.facts) + 1))
    facts: dict[tuple[int, int], set[int]] = {}
    found: list[tuple[Pair, tuple[int, int]]] = []
    aside = np.empty(0, dtype=np.uint64)
    for _ in range(_MOST_REWORDINGS):
        hits = list(work.joined(_gaps, same_fact, partial(_gaps_but, aside), same_fact))
        if not hits:
            break
        for at, other, _ in hits:
            swap = _swap(work, at, other)
            if swap is not None:
                found.append(((at, other), swap))
                facts.setdefault(swap, set()).add(int(work.facts[at]))
        more = [_place(work.table.row(other), gap) for _, other, gap in hits]
        aside = np.union1d(aside, np.array(more, dtype=np.uint64))
    edits, own = ([pair for pair, swap in found if (len(facts[swap]) > 2) is is_own] for is_own in (False, True))
    return edits, own


def _swap(work: _Work, at: int, other: int) -> tuple[int, int] | None:
    """The words, in any order, that two questions of one length have in one place; None: they have all in common."""
    words, others = work.table.row(at), work.table.row(other)
    places = np.flatnonzero(words != others)
    if not len(places):
        return None
    one, two = int(words[places[0]]), int(others[places[0]])
    return min(one, two), max(one, two)


def _gaps_but(aside: Hashes, words: Hashes) -> Hashes:
    """As `_gaps`, but for the places that were put aside: they are the same for no two questions."""
    gaps = _gaps(words)
    if not len(aside) or not gaps.shape[1]:
        return gaps
    places = mixed(gaps, _wholes(words))
    return np.where(np.isin(places, aside), mixed(places, _ASIDE), gaps)


def _place(words: Hashes, gap: int) -> int:
    return int(mixed(np.array([[gap]], dtype=np.uint64), _wholes(words[None, :]))[0, 0])


def _wholes(words: Hashes) -> Hashes:
    return variants(words)[:, :1]


def _shortened(words: Hashes) -> Hashes:
    """One word taken out; of two words too little is left."""
    return variants(words)[:, 1:] if words.shape[1] > 2 else _none(words)


def _orders(words: Hashes) -> Hashes:
    """The same for the same words in any order."""
    with np.errstate(over="ignore"):
        return np.asarray(mixed(words, np.uint64(1)).sum(axis=1, keepdims=True, dtype=np.uint64))


def _gaps(words: Hashes) -> Hashes:
    """One word taken out, and where: the same for two questions with another word there."""
    shortened = _shortened(words)
    return mixed(shortened, np.arange(1, shortened.shape[1] + 1, dtype=np.uint64)[None, :])


def _bands(words: Hashes) -> Hashes:
    """Bands of four minima: one in common at an overlap of 0.8 with a probability over 0.999."""
    if words.shape[1] < LONG_WORDS:
        return _none(words)
    found = minima(words, _BANDS * 4)
    bands = np.zeros((len(words), _BANDS), dtype=np.uint64)
    for place in range(4):
        bands = mixed(bands, found[:, place::4])
    return mixed(bands, np.arange(_BANDS, dtype=np.uint64)[None, :])


def _none(words: Hashes) -> Hashes:
    return np.empty((len(words), 0), dtype=np.uint64)


def _overlap(words: Hashes, others: Hashes) -> float:
    common = len(np.intersect1d(words, others))
    return common / (len(np.unique(words)) + len(np.unique(others)) - common)


def _crowded(work: _Work, gaps: Hashes) -> set[int]:
    """Gaps in which the questions of more than two facts have a word."""
    if not len(gaps):
        return set()
    seen: list[Hashes] = []
    for chosen, words in work.table.by_length(np.concatenate([work.tests, work.others])):
        keys = _gaps(words)
        if not keys.shape[1]:
            continue
        at = np.minimum(np.searchsorted(gaps, keys), len(gaps) - 1)
        rows, columns = np.nonzero(gaps[at] == keys)
        seen.append(np.unique(np.stack([keys[rows, columns], work.facts[chosen[rows]]]), axis=1))
    pairs = np.unique(np.concatenate(seen, axis=1), axis=1)
    found, counts = np.unique(pairs[0], return_counts=True)
    return {int(gap) for gap in found[counts > 2]}
