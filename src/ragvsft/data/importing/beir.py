"""BEIR folders: `corpus.jsonl`, `queries.jsonl` and `qrels/*.tsv`, whose names are the splits.

BEIR judges retrieval and mostly has no answers. A query comes in only with an answer, from a field `answers` (or its
other names) of its row or of the row's `metadata`; the others are left out and counted.
"""

from collections.abc import Mapping
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import Dataset, Split
from ragvsft.data.importing.columns import QUESTION_COLUMNS, SPLITS, Columns, labelled, plain, word, words
from ragvsft.data.importing.document_rows import take_documents
from ragvsft.data.importing.files import check_inside, names, part, rows, text_lines
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.report import LeftOut

_COLUMNS = {**QUESTION_COLUMNS, "question": ("text", *QUESTION_COLUMNS["question"])}
_HINT = (
    'add "answers" (a list of texts) to the rows of queries.jsonl, or say where they stand: '
    "--map answers=metadata.answer; without answers only retrieval could be measured"
)


def looks_like_beir(source: Path, peek: object) -> bool:
    """Whether a folder has the files of BEIR."""
    return source.is_dir() and (source / "queries.jsonl").exists() and (source / "qrels").is_dir()


def beir_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """A BEIR folder as a dataset; queries without an answer or a judgement are noted in `left_out`.

    Raises:
        DataError: a file is missing or cannot be read, or no query has an answer; the message names the place.
    """
    if not source.is_dir():
        raise DataError(f"{source} is no folder", hint="a BEIR set is a folder of corpus.jsonl, queries.jsonl, qrels/")
    intake = Intake(source.resolve().name, options, left_out)
    corpus, queries = (_needed(source, file) for file in ("corpus.jsonl", "queries.jsonl"))
    gold, splits = _qrels(source)
    take_documents([corpus], intake)
    columns = Columns(_COLUMNS, options.mapping)
    n_rows = 0
    for n_rows, (where, row) in enumerate(rows(queries, options.progress), start=1):  # noqa: B007
        query_id = word(columns.get(row, "question_id"))
        if query_id not in splits:
            left_out.add("query that no qrels file names", f"{where}: {query_id}")
            continue
        answers = columns.get(row, "answers")
        if answers is None:
            answers = columns.get(plain(row.get("metadata")), "answers")
        texts = words(answers)
        if texts is None:
            left_out.add("answers that are neither text nor a JSON list of texts", f"{where}: {query_id}")
            continue
        intake.question(
            where,
            query_id,
            word(columns.get(row, "question")),
            texts,
            fact_id=word(columns.get(row, "fact_id")),
            split=splits[query_id],
            gold_doc_ids=gold.get(query_id, ()),
            slice=labelled(columns.get(row, "slice")),
        )
    if not n_rows:
        left_out.add("table without a row", queries.name)
    return intake.dataset(name, what="a BEIR folder", hint=_HINT)


def _qrels(source: Path) -> tuple[Mapping[str, list[str]], Mapping[str, Split]]:
    """Relevant documents by query, and each query's split: test where several files name it, else dev, else train."""
    check_inside(source, source / "qrels")
    gold: dict[str, list[str]] = {}
    splits: dict[str, Split] = {}
    files = [name for name in names(source / "qrels") if name.endswith(".tsv")]
    for name in sorted(files, key=lambda name: list(Split).index(_split(name))):
        split = _split(name)
        path = part(source, f"qrels/{name}")
        if path is None:
            continue
        for number, line in enumerate(text_lines(path), start=1):
            cells = line.rstrip("\r\n").split("\t")
            if number == 1 and not _is_number(cells[-1]):
                continue
            if len(cells) == 4:
                # TREC: query, iteration, document, relevance.
                del cells[1]
            if cells == [""]:
                continue
            if len(cells) != 3 or not _is_number(cells[2]):
                raise DataError(
                    f"{path.name}, line {number}: a judgement is a query, a document and a whole number between tabs",
                    hint="the first line is: query-id, corpus-id, score",
                )
            query_id, doc_id = cells[0].strip(), cells[1].strip()
            splits[query_id] = split
            if float(cells[2]) > 0:
                gold.setdefault(query_id, []).append(doc_id)
    if not splits:
        raise DataError(f"{source / 'qrels'} has no judgement", hint="its files are train.tsv, dev.tsv and test.tsv")
    return gold, splits


def _split(name: str) -> Split:
    return SPLITS.get(name.removesuffix(".tsv").lower(), Split.TEST)


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-").isdigit()


def _needed(source: Path, name: str) -> Path:
    path = part(source, name)
    if path is None:
        raise DataError(f"{source} has no {name}", hint="a BEIR set is a folder of corpus.jsonl, queries.jsonl, qrels/")
    return path
