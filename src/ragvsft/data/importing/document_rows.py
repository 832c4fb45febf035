"""Documents in tables: rows that are documents, and cells of other rows that hold texts."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.data.importing.columns import DOCUMENT_COLUMNS, Columns, NeededColumn, day, plain, word, words
from ragvsft.data.importing.files import Row, check_source, has_fixed_columns, rows
from ragvsft.data.importing.intake import Intake


def take_documents(paths: list[Path], intake: Intake) -> None:
    """Take in the rows of tables of documents, and of the one that the options name.

    Raises:
        DataError: a file cannot be read or has no column of texts; the message names the place.
    """
    given = intake.options.documents
    if given is not None:
        check_source(given)
        if given.is_dir():
            raise DataError(
                f"{given} is a folder",
                hint="name one table, such as corpus.jsonl; or import the folder itself, with --questions",
            )
        paths = [*paths, given]
    columns = Columns(DOCUMENT_COLUMNS, intake.options.mapping)
    for path in paths:
        needed = NeededColumn(columns, "text", fixed=has_fixed_columns(path))
        for where, row in rows(path, intake.options.progress):
            needed.look(where, row)
            _take_document(where, row, columns, intake)
        needed.end()


def texts_in(value: object) -> Iterator[tuple[str, str, str]]:
    """Texts with their id and title, where they have them, from a cell of documents."""
    columns = Columns(DOCUMENT_COLUMNS, {})
    if isinstance(value, Mapping) and not columns.has(value, "text"):
        # HotpotQA as it is on the hub: {title: [...], sentences: [[...], ...]}.
        titles, sentences = value.get("title"), value.get("sentences")
        if isinstance(titles, list) and isinstance(sentences, list):
            for title, found in zip(titles, sentences, strict=False):
                yield "".join(found) if isinstance(found, list) else word(found), "", word(title)
        return
    for entry in value if isinstance(value, list | tuple) else [value]:
        if isinstance(entry, Mapping):
            text = columns.get(entry, "text")
            if isinstance(text, str) and text.strip():
                yield text, word(columns.get(entry, "doc_id")), word(columns.get(entry, "title"))
        elif isinstance(entry, str):
            found = words(entry)
            for text in found if found is not None else (entry,):
                yield text, "", ""


def _take_document(where: str, row: Row, columns: Columns, intake: Intake) -> None:
    text, title = columns.get(row, "text"), word(columns.get(row, "title"))
    if not isinstance(text, str):
        intake.left_out.add("document without text", where)
        return
    if "title" not in row and "contents" in row and "\n" in text:
        # FlashRAG writes the title, often in quotes, as the first line of the contents.
        first, _, rest = text.partition("\n")
        if rest.strip() and len(first) <= 200:
            title, text = first.strip().strip('"'), rest
    days = []
    for field in ("valid_from", "valid_to"):
        value = columns.get(row, field)
        found = day(value) if value is not None else None
        if value is not None and found is None and word(value):
            intake.left_out.add(f"document whose {field} is no date", f"{where}: {value}")
            return
        days.append(found)
    intake.document(
        where,
        text,
        doc_id=word(columns.get(row, "doc_id")),
        title=title,
        valid_from=days[0],
        valid_to=days[1],
        source=word(columns.get(row, "source")),
        metadata=plain(columns.get(row, "metadata")),
        is_listed=True,
    )
