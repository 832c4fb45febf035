"""What an importer takes in: documents and questions as they are met, put in order and dealt at the end.

The rules that every format shares are here: what is left out, which id counts, how splits come about. What a file
means is for the format's own file.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from statistics import median

import numpy as np

from ragvsft.core.errors import DataError
from ragvsft.core.hashing import text_hash
from ragvsft.core.values import NOTHING, AnswerInterval, Dataset, Document, Question, Split, Task
from ragvsft.data.importing.dealing import settle
from ragvsft.data.importing.held import ChosenRows, HeldRows
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.repeats import refuse_document, refuse_question, what_differs, with_gold_of
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.importing.ties import SPLITS, Ties
from ragvsft.data.problems import Problems

LONG_ANSWER_WORDS = 20
"""Where the median answer is longer, the task is `long_form` unless told."""
MAX_LABELS = 50
MAX_SNAPSHOTS = 12
"""More dates of documents than this are no waves; then the last one is the snapshot."""


class Intake:
    """The documents and questions of one source: on disk, but for what tells rows apart and ties them together."""

    def __init__(self, source: str, options: ImportOptions, left_out: LeftOut) -> None:
        self.source = source
        self.options = options
        self.left_out = left_out
        self._documents = HeldRows(Document)
        self._versions: dict[str, tuple[int, ...]] = {}
        """The numbers of the versions of each document."""
        self._begins, self._texts = array("i"), array("q")
        """Of each version its first day, as an ordinal, and a hash of its text."""
        self._known: dict[int, str] = {}
        """Documents by their text."""
        self._questions = HeldRows(Question)
        self._ties = Ties(options.seed)
        self._ids: dict[str, int] = {}
        """Which of the questions has an id."""
        self._answer_words = array("i")
        """Of each question's shortest answer; 0: it has none."""
        self._n_histories = self._n_unanswerable = 0
        self._doubled = Problems(source)

    @property
    def n_questions(self) -> int:
        """Questions taken in so far."""
        return len(self._questions)

    @property
    def n_unanswerable(self) -> int:
        """Of these, how many cannot be answered."""
        return self._n_unanswerable

    def document(
        self,
        where: str,
        text: str,
        *,
        doc_id: str = "",
        title: str = "",
        valid_from: date | None = None,
        valid_to: date | None = None,
        source: str = "",
        metadata: Mapping[str, object] = NOTHING,
        is_listed: bool = False,
    ) -> str | None:
        """Take in a document version; the same text without an id is one document. Returns its id, None if left out.

        `is_listed`: it stands in a list of documents, where an id means one text, so that `dataset` refuses a second;
        elsewhere, in the cells of questions, the first counts and the others are left out.
        """
        if not text.strip():
            self.left_out.add("document without text", f"{where}{f': {doc_id}' if doc_id else ''}")
            return None
        key = hash((title, text))
        if not doc_id:
            known = self._known.get(key)
            if known is not None:
                return known
            doc_id = f"text-{text_hash(title, text)[:16]}"
        start = valid_from or self.options.snapshot
        versions = self._versions.setdefault(doc_id, ())
        for number in versions:
            if self._begins[number] == start.toordinal():
                if self._texts[number] != hash(text) and is_listed:
                    refuse_document(self._doubled, where, doc_id, self._documents.where(number))
                elif self._texts[number] != hash(text):
                    self.left_out.add("document id that stands twice with two texts", f"{where}: {doc_id}")
                return doc_id
        if valid_to is not None and valid_to <= start:
            self.left_out.add("document that ends before it begins", f"{where}: {doc_id}")
            return None
        self._known.setdefault(key, doc_id)
        version = Document(
            doc_id=doc_id,
            title=title.strip(),
            text=text,
            valid_from=start,
            valid_to=valid_to,
            source=source or self.source,
            metadata=dict(metadata),
        )
        self._versions[doc_id] = (*versions, len(self._documents))
        self._documents.append(version, where)
        self._begins.append(start.toordinal())
        self._texts.append(hash(text))
        return doc_id

    def has_document(self, doc_id: str) -> bool:
        """Whether a document of that id was taken in."""
        return doc_id in self._versions

    def question(
        self,
        where: str,
        question_id: str,
        question: str,
        answers: Iterable[str],
        *,
        fact_id: str = "",
        split: Split | None = None,
        gold_doc_ids: Iterable[str] = (),
        answerable: bool = True,
        answer_history: Sequence[AnswerInterval] = (),
        slice: Mapping[str, str] = NOTHING,
    ) -> None:
        """Take in a question, or leave it out with a reason; `split` is the source's own, None where it has none.

        A row that repeats one adds its gold documents; another question under a known id makes `dataset` refuse.
        """
        question_id, text = question_id.strip(), question.strip()
        given = tuple(dict.fromkeys(answer.strip() for answer in answers if answer.strip())) if answerable else ()
        example = f"{where}: {question_id}" if question_id else where
        reason = None
        if not text:
            reason = "question without text"
        elif answerable and not given and not any(interval.answers for interval in answer_history):
            reason = "question without an answer"
        elif not question_id:
            reason = "question without an id"
        if reason is not None:
            self.left_out.add(reason, example)
            return
        taken = Question(
            question_id=question_id,
            fact_id=fact_id.strip() or question_id,
            question=text,
            answers=given,
            split=Split.TRAIN,
            answer_history=tuple(answer_history) if answerable else (),
            gold_doc_ids=tuple(dict.fromkeys(gold_doc_ids)),
            slice=dict(slice),
            answerable=answerable,
        )
        known = self._ids.setdefault(question_id, len(self._questions))
        if known < len(self._questions):
            self._take_again(known, taken, split, where)
            return
        self._questions.append(taken, where)
        self._ties.add(taken, split)
        self._answer_words.append(min((len(answer.split()) for answer in given), default=0))
        self._n_histories += bool(taken.answer_history)
        self._n_unanswerable += not answerable

    def _take_again(self, known: int, taken: Question, split: Split | None, where: str) -> None:
        first, place = self._questions.get(known), self._questions.where(known)
        other = what_differs((first, self._ties.split_of(known)), (taken, split))
        if other:
            refuse_question(self._doubled, where, taken.question_id, place, other)
            return
        both = with_gold_of(first, taken, where, place, self.left_out)
        if both != first:
            self._questions.change(known, both)
            self._ties.add_gold(known, taken.gold_doc_ids)

    def dataset(
        self,
        name: str,
        *,
        what: str,
        task: Task | None = None,
        labels: Sequence[str] = (),
        snapshots: Sequence[date] = (),
        hint: str = "",
    ) -> Dataset:
        """Everything that was taken in, dealt; this empties the intake.

        Args:
            name: the dataset's name.
            what: what the source is, for the description.
            task: None: as the options say, else told from the length of the answers.
            labels: of the task `label`; none: the answers that occur.
            snapshots: none: the options' one, or the dates of dated documents.
            hint: what to do where nothing can be used.

        Raises:
            DataError: an id stands twice with another content, there is no document or no question, or the answers
                are too many to be labels.
        """
        self._doubled.raise_if_any()
        if not self.n_questions:
            told = "; ".join(
                f"{reason}: {n}, such as {self.left_out.examples[reason][0]}"
                for reason, n in self.left_out.reasons.items()
            )
            raise DataError(
                f"{self.source} has no question that can be used" + (f" (left out: {told})" if told else ""),
                hint=hint or "see `ragvsft data import --help` for what a format needs",
            )
        if not self._versions:
            raise DataError(
                f"{self.source} has questions but no documents, so nothing could be retrieved",
                hint=hint or "name a table of documents with --documents, or put their texts into a column documents",
            )
        documents = self._ordered_documents()
        self._drop_unknown_gold()
        self._versions, self._ids, self._known = {}, {}, {}
        kept, splits = settle(self._questions, self._ties, self.options, self.left_out)
        questions = ChosenRows(
            self._questions, array("q", kept.tobytes()), lambda number: {"split": SPLITS[splits[number]]}
        )
        task = task or self.options.task or self._told_task(np.asarray(self._answer_words)[kept].tolist())
        if task is Task.LABEL and not labels:
            labels = self._told_labels(questions)
        return Dataset(
            name=name,
            description=self.options.description or f"Imported from {self.source} ({what}).",
            licence=self.options.licence or "unknown",
            language=self.options.language,
            task=task,
            snapshots=tuple(snapshots) or self._told_snapshots(questions),
            documents=documents,
            questions=questions,
            labels=tuple(labels) if task is Task.LABEL else (),
        )

    def _ordered_documents(self) -> ChosenRows[Document]:
        """Documents in the source's order; a version ends where the next one of its document begins."""
        order = array("q")
        for doc_id, numbers in self._versions.items():
            versions = sorted(numbers, key=self._begins.__getitem__)
            for earlier, later in pairwise(versions):
                version, begins = self._documents.get(earlier), date.fromordinal(self._begins[later])
                if version.valid_to is None or version.valid_to > begins:
                    if version.valid_to is not None:
                        example = f"{self._documents.where(earlier)}: {doc_id}"
                        self.left_out.add("end of a version after the next one begins", example)
                    self._documents.change(earlier, replace(version, valid_to=begins))
            order.extend(versions)
        return ChosenRows(self._documents, order)

    def _drop_unknown_gold(self) -> None:
        for number in self._ties.drop_gold_beside(self._versions):
            question = self._questions.get(number)
            known = tuple(doc_id for doc_id in question.gold_doc_ids if doc_id in self._versions)
            unknown = next(doc_id for doc_id in question.gold_doc_ids if doc_id not in self._versions)
            self.left_out.add("gold document that the source does not hold", f"{question.question_id}: {unknown}")
            self._questions.change(number, replace(question, gold_doc_ids=known))

    def _told_task(self, answer_words: Sequence[int]) -> Task:
        lengths = [n for n in answer_words if n]
        if lengths and median(lengths) > LONG_ANSWER_WORDS:
            self.left_out.note(
                f"the median answer has {median(lengths):.0f} words: the task is long_form; --task short_answer differs"
            )
            return Task.LONG_FORM
        return Task.SHORT_ANSWER

    def _told_labels(self, questions: Sequence[Question]) -> tuple[str, ...]:
        labels = sorted({answer for question in questions for answer in question.answers})
        if len(labels) > MAX_LABELS:
            raise DataError(
                f"{self.source} has {len(labels)} different answers, too many to be labels",
                hint="leave --task out, or give it as short_answer",
            )
        self.left_out.note(f"labels: {', '.join(labels)}")
        return tuple(labels)

    def _told_snapshots(self, questions: Sequence[Question]) -> tuple[date, ...]:
        if not self.options.is_snapshot_default:
            return (self.options.snapshot,)
        days = {date.fromordinal(ordinal) for ordinal in set(self._begins)}
        if self._n_histories:
            days.update(interval.valid_from for question in questions for interval in question.answer_history)
        days = {day for day in days if day > self.options.snapshot}
        if not days:
            return (self.options.snapshot,)
        if len(days) > MAX_SNAPSHOTS:
            self.left_out.note(f"{len(days)} dates are too many for waves: the last one, {max(days)}, is the snapshot")
            return (max(days),)
        self.left_out.note(f"snapshots are the dates of the source: {', '.join(map(str, sorted(days)))}")
        return tuple(sorted(days))
