"""A folder of documents and a sheet of questions: what comes in, what is left out and why, and hostile files."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from document_files import Grid, pdf, scanned_pdf, word
from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import AnswerInterval, Dataset, Document, Split, Task
from ragvsft.data.chunking import cut
from ragvsft.data.importing import ImportOptions, ImportReport, import_dataset
from ragvsft.data.importing.missing_questions import QuestionsNeeded
from ragvsft.data.importing.parsers import Parsed, Unreadable
from ragvsft.data.importing.parsers.pdf import parse_pdf
from ragvsft.data.importing.parsers.process import FileParser
from ragvsft.data.read import read_dataset
from ragvsft.lab.retrieval.base import Embedder

Files = dict[str, bytes | str]

TRAVEL = pdf(
    [
        ("Travel policy", 18),
        "Everybody books trains first. The limit is 120 eu-",
        "ros a night and no more.",
        ("Hotels", 14),
        "A breakfast costs at most 14 euros, and the",
    ],
    ["manager signs for it. Nobody else may.", ("Flights", 14), "A flight needs two signatures."],
)


def write(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return folder


def bring_in(folder: Path, sheet: str = "", **options: object) -> tuple[ImportReport, Dataset]:
    """Import `folder` with a sheet of questions; by default one question about each of its documents' names."""
    path = folder.parent / "sheet.csv"
    if sheet:
        path.write_text(sheet, encoding="utf-8")
    target = folder.parent / "dataset"
    report = import_dataset(folder, target, options=ImportOptions(questions=path, **options))  # type: ignore[arg-type]
    return report, read_dataset(target)


def sheet_of(*rows: str, columns: str = "question,answers,document") -> str:
    return "\n".join([columns, *rows, ""])


def told(parser: FileParser, suffix: str, content: bytes) -> str:
    """The text of a file, or the reason why there is none."""
    try:
        return parser.parse(suffix, content).text
    except Unreadable as error:
        return error.reason


ONE = sheet_of("Who signs?,the manager,")
"""A question about no document, so that any folder can be imported."""


@pytest.fixture(scope="module")
def parser() -> object:
    with FileParser() as found:
        yield found


def test_each_kind_of_file_becomes_a_document_with_title_headings_and_text(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "handbook",
        {
            "travel.pdf": TRAVEL,
            "sub/leave.md": "---\ntitle: Leave of absence\n---\n\n# Leave\n\nThirty days a year.\n",
            "sub/deep/plain-notes.txt": "The door code is 4711.\nNobody may pass it on.\n",
            "page.HTML": "<title>Site</title><h1>Parking</h1><p>Forty places.</p>",
            "contract.docx": word(
                ("Title", "Contract"), ("Heading 1", "Notice"), ("Normal", "Three months."), rows=[["Year", "Pay"]]
            ),
            ".hidden.txt": "no",
            "~$contract.docx": "no",
        },
    )
    report, dataset = bring_in(folder, ONE)
    assert report.format == "documents"
    found = {document.doc_id: document for document in dataset.documents}
    assert {doc_id: document.title for doc_id, document in found.items()} == {
        "travel.pdf": "Travel policy",
        "sub/leave.md": "Leave of absence",
        "sub/deep/plain-notes.txt": "plain notes",
        "page.HTML": "Parking",
        "contract.docx": "Contract",
    }
    assert found["sub/leave.md"].text == "# Leave\n\nThirty days a year."
    assert found["contract.docx"].text == "# Contract\n\n# Notice\n\nThree months.\n\n| Year | Pay |"
    assert found["travel.pdf"].metadata == {"pages": 2}
    assert not report.left_out


def test_a_passage_of_a_pdf_says_its_page_and_heading(parser: FileParser) -> None:
    text = parser.parse(".pdf", TRAVEL).text
    assert text == (
        "## Page 1\n\nEverybody books trains first. The limit is 120 euros a night and no more.\n\n"
        "## Hotels, page 1\n\nA breakfast costs at most 14 euros, and the\nmanager signs for it.\n\n"
        "## Hotels, page 2\n\nNobody else may.\n\n## Flights, page 2\n\nA flight needs two signatures."
    )


def test_the_page_reaches_the_passages_title(tmp_path: Path) -> None:
    _, dataset = bring_in(write(tmp_path / "f", {"travel.pdf": TRAVEL}), ONE)
    passages = cut(
        dataset.documents,
        max_tokens=40,
        overlap_sentences=0,
        count_tokens=lambda texts: [len(text.split()) for text in texts],
    )
    assert [passage.title for passage in passages] == [
        "Travel policy – Page 1",
        "Travel policy – Hotels, page 1",
        "Travel policy – Hotels, page 2",
        "Travel policy – Flights, page 2",
    ]
    assert passages[1].text == "A breakfast costs at most 14 euros, and the manager signs for it."


def test_running_heads_page_numbers_and_bookmarks_of_a_pdf(parser: FileParser) -> None:
    pages = [
        ["Keldmark draft", f"Sentence {n} stands here.", f"Fee: {n * 3}", f"Page {n + 6} of 10"] for n in range(1, 5)
    ]
    parsed = parser.parse(".pdf", pdf(*pages, title="Yearly report", outline=[("Second part", 3)]))
    assert parsed.title == "Yearly report"
    assert parsed.text.split("\n\n") == [
        "## Page 1", "Keldmark draft\nSentence 1 stands here.\nFee: 3",
        "## Page 2", "Sentence 2 stands here.\nFee: 6",
        "## Second part, page 3", "Sentence 3 stands here.\nFee: 9",
        "## Second part, page 4", "Sentence 4 stands here.\nFee: 12",
    ]  # fmt: skip


def test_a_hyphen_stays_where_the_document_writes_it_elsewhere(parser: FileParser) -> None:
    lines = ["A well-known rule.", "This is a well-", "known rule of the de-", "partment."]
    assert "a well-known rule of the department." in parser.parse(".pdf", pdf(lines)).text


@pytest.mark.parametrize(
    ("name", "content", "reason", "detail"),
    [
        ("a.pdf", scanned_pdf(), "PDF without a text layer (scanned)", "ocrmypdf"),
        ("a.pdf", pdf([]), "PDF without text", "blank"),
        ("a.pdf", pdf(["secret"], password="open"), "encrypted PDF", "password"),
        ("a.pdf", b"%PDF-1.7\nnothing", "damaged PDF", ""),
        ("a.pdf", b"", "damaged PDF", ""),
        ("a.docx", b"PK\x03\x04 broken", "damaged Word file", ""),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted or old Word file", "save"),
        ("a.html", "<script>alert(1)</script><style>p{}</style>", "file without text", ""),
        ("a.html", b'<meta charset="utf-8"><p>Caf\xe9</p>', "text that is not UTF-8", "byte 28"),
        ("a.html", '<meta charset="klingon"><p>x</p>', "unknown encoding", "klingon"),
        ("a.txt", "Café".encode("latin-1"), "text that is not UTF-8", "byte 3 is not UTF-8; convert it"),
        ("a.txt", b"text\0\0binary", "not a text file", "NUL"),
        ("a.txt", " \n\t\n", "file without text", ""),
        ("a.md", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "pointer of Git LFS", "git lfs pull"),
        ("a.xlsx", b"PK", "file of another kind", ""),
        ("a.txt", "ab " * 4_100_000, "text longer than 12 MB", "split"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(
    tmp_path: Path, name: str, content: bytes | str, reason: str, detail: str
) -> None:
    folder = write(tmp_path / "f", {name: content, "good.txt": "Some text."})
    report, dataset = bring_in(folder, ONE)
    assert [document.doc_id for document in dataset.documents] == ["good.txt"]
    assert report.left_out == {reason: 1}
    (example,) = report.examples[reason]
    assert example.startswith(name)
    assert detail in example


def test_a_pdf_with_an_empty_password_opens_and_its_blank_page_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"a.pdf": pdf(["Some text."], [], password="")})
    report, dataset = bring_in(folder, ONE)
    assert dataset.documents[0].text == "## Page 1\n\nSome text."
    assert report.examples == {"PDF page without text": ("a.pdf, page 2 (blank)",)}


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfTitle line\r\n==========\r\n\r\nCaf\xc3\xa9\r\n",
        "\ufeffTitle line\n==========\n\nCafe\u0301\n".encode("utf-16"),
        "Title line\r==========\r\rCaf\u00e9\x0b".encode("utf-8"),
    ],
)
def test_byte_order_marks_line_ends_and_accents_are_unified(parser: FileParser, content: bytes) -> None:
    assert parser.parse(".txt", content) == Parsed(title="Title line", text="Title line\n==========\n\nCafé")


@pytest.mark.parametrize("title", ["Microsoft Word - v3.docx", "C:\\wp\\FILE94\\a.wpd [PFP#1]", "untitled"])
def test_what_a_program_calls_a_file_is_no_title(parser: FileParser, title: str) -> None:
    assert parser.parse(".pdf", pdf([("Fees", 20), "A night costs 9."], title=title)).title == "Fees"
    assert parser.parse(".docx", word(("Normal", "A night costs 9."))).title == ""


def test_a_web_page_shows_what_its_reader_sees(parser: FileParser) -> None:
    page = b"""<!doctype html><html><head><title>Site | Home</title><style>p {}</style></head><body>
      <nav><a href=/>Menu</a></nav><script>document.write("evil")</script><noscript>no</noscript>
      <h1>Opening <em>hours</em></h1><p>Mon<b>day</b>&nbsp;to Friday<br>9 to 5<!-- not this --> sharp
      <ul><li>Lunch <a>12</a><li>Dinner<ul><li>late</ul></ul>
      <table><tr><th>Day</th><th>Hour</th></tr><tr><td>Sat<td>10|12</table>
      <table><tr><td><table><tr><td>in<td>side</table></td></tr></table>
      <div hidden>unseen</div><div style="display: none">unseen</div><template>unseen</template>
      <pre>a\n  b</pre>tail</body></html>"""
    parsed = parser.parse(".html", page)
    assert parsed.title == "Opening hours"
    assert parsed.text == (
        "# Opening hours\n\nMonday to Friday 9 to 5 sharp\n\n- Lunch 12\n- Dinner\n- late\n\n"
        "| Day | Hour |\n| --- | --- |\n| Sat | 10/12 |\n\n| in | side |\n\n```\na\n  b\n```\n\ntail"
    )


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("<tr><th>Born<td>1970<tr><th>Died<td>2020", "| Born | 1970 |\n| Died | 2020 |"),
        (
            "<caption>Fees</caption><thead><tr><td>A<td>B<tr><td>x<td>y</thead><tr><td>1<td>2",
            "Fees\n\n| A | B |\n| x | y |\n| --- | --- |\n| 1 | 2 |",
        ),
        ("<tr><td>1<td>2<tr><th>A<th>B<tr><td>3<td>4", "| 1 | 2 |\n| A | B |\n| 3 | 4 |"),
        ("<tr><th>A<th>B</table><p>x<table><tr><td>1<td>2", "| A | B |\n\nx\n\n| 1 | 2 |"),
    ],
)
def test_the_rows_that_name_the_columns_of_a_web_pages_table_are_told(
    parser: FileParser, table: str, text: str
) -> None:
    assert parser.parse(".html", f"<table>{table}</table>".encode()).text == text


def test_the_rows_that_name_the_columns_of_a_word_table_are_told(parser: FileParser) -> None:
    rows = [["Year", "Pay"], ["2024", "12"], ["2025", "14"]]
    content = word(("Normal", "Pay by year:"), rows=rows)
    plain = "| Year | Pay |\n{}| 2024 | 12 |\n| 2025 | 14 |"
    named = f"Pay by year:\n\n{plain.format('| --- | --- |' + chr(10))}"
    assert parser.parse(".docx", content).text == named
    off = changed_word(content, 'w:firstRow="1"', 'w:firstRow="0"')
    assert parser.parse(".docx", off).text == f"Pay by year:\n\n{plain.format('')}"
    repeated = changed_word(off, "<w:tr>", "<w:tr><w:trPr><w:tblHeader/></w:trPr>", 1)
    assert parser.parse(".docx", repeated).text == named


def changed_word(content: bytes, old: str, new: str, n: int = -1) -> bytes:
    """A Word file with another text in its main part."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as changed:
        for name in archive.namelist():
            part = archive.read(name)
            if name == "word/document.xml":
                assert old.encode() in part
                part = part.replace(old.encode(), new.encode(), n)
            changed.writestr(name, part)
    return out.getvalue()


def test_a_web_page_in_the_encoding_it_declares_and_with_one_main_part(parser: FileParser) -> None:
    long = "Das Café öffnet täglich um neun Uhr. " * 8
    page = f"<meta charset=windows-1252><div>Cookies</div><main><h2>Zeiten</h2><p>{long}</main>".encode("cp1252")
    parsed = parser.parse(".htm", page)
    assert (parsed.title, parsed.text) == ("Zeiten", f"## Zeiten\n\n{long.strip()}")


def test_an_external_entity_is_not_read(parser: FileParser, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("SECRET", encoding="utf-8")
    entity = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>'
    assert "SECRET" not in parser.parse(".html", f"{entity}<p>See &x;</p>".encode()).text
    source, out = BytesIO(word(("Normal", "See MARK."))), BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "word/document.xml":
                data = data.replace(b"?>", b"?>" + entity.encode(), 1).replace(b"MARK", b"&x;")
            new.writestr(part, data)
    assert "SECRET" not in told(parser, ".docx", out.getvalue())


@pytest.mark.parametrize("part", ["word/document.xml", "word/media/image1.png"])
def test_a_word_file_that_unpacks_to_too_much_is_refused_at_once(parser: FileParser, part: str) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for n in range(1 if part.endswith(".xml") else 5):
            with archive.open(part.replace("1", str(n)), "w") as file:
                for _ in range(41):
                    file.write(bytes(1_000_000))
    began = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        parser.parse(".docx", out.getvalue())
    assert caught.value.reason == "Word file that unpacks to too much"
    assert "zip bomb" in caught.value.detail
    assert time.monotonic() - began < 5


def test_tracked_changes_are_read_as_accepted_and_a_table_of_contents_is_not(parser: FileParser) -> None:
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    body = (
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>"
        "<w:sdtContent><w:p><w:r><w:t>Contents 1</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t xml:space='preserve'>The fee is </w:t></w:r><w:del><w:r><w:delText>10</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>12</w:t></w:r></w:ins><w:r><w:tab/><w:t>euros.</w:t></w:r></w:p>"
    )
    source, out = BytesIO(word()), BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            is_text = part == "word/document.xml"
            new.writestr(part, f"<w:document {w}><w:body>{body}</w:body></w:document>" if is_text else old.read(part))
    assert parser.parse(".docx", out.getvalue()).text == "The fee is 12 euros."


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"good.txt": "Some text."})
    for name in ("huge.txt", "huge.pdf"):
        with (folder / name).open("wb") as file:
            file.truncate(60_000_000)
    began = time.monotonic()
    report, _ = bring_in(folder, ONE)
    assert report.left_out == {"file larger than 50 MB": 2}
    assert report.examples["file larger than 50 MB"][0].startswith("huge.pdf: 60 MB; split it")
    assert time.monotonic() - began < 5


def test_links_pipes_and_odd_names_neither_hang_nor_lead_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"good.txt": "Some text.", "sub/b.txt": "More text."})
    (tmp_path / "secret.txt").write_text("SECRET", encoding="utf-8")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "self.txt").symlink_to(folder / "self.txt")
    (folder / "again.txt").symlink_to(folder / "good.txt")
    os.mkfifo(folder / "pipe.txt")
    (folder / " led by a space.txt").write_text("x", encoding="utf-8")
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt"))).write_text("x", encoding="utf-8")
    report, dataset = bring_in(folder, ONE)
    assert sorted(document.doc_id for document in dataset.documents) == ["good.txt", "sub/b.txt"]
    assert report.left_out == {
        "link that leaves the folder": 2,
        "link inside the folder": 2,
        "link that leads nowhere": 1,
        "not an ordinary file": 1,
        "file name with white space around it": 1,
        "file name that is not UTF-8": 1,
    }
    json.dumps(report.to_json(), ensure_ascii=True)


def test_a_folder_reached_by_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "real", {"a.txt": "Some text."})
    (tmp_path / "f").symlink_to(tmp_path / "real")
    assert len(bring_in(tmp_path / "f", ONE)[1].documents) == 1


def test_a_parser_that_hangs_or_dies_costs_its_file_alone() -> None:
    with FileParser() as mine:
        assert mine.parse(".html", b"<p>one").text == "one"
        assert mine._process
        mine._quiet_s = 1
        os.kill(mine._process.pid, signal.SIGSTOP)
        with pytest.raises(Unreadable, match="does not finish"):
            mine.parse(".html", b"<p>two")
    with FileParser() as mine:
        assert mine.parse(".html", b"<p>one").text == "one"
        assert mine._process
        pid = mine._process.pid
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert told(mine, ".html", b"<p>two") in ("two", "file that its parser died of")
        assert mine.parse(".html", b"<p>three").text == "three"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_bytes_bring_a_parser_down(parser: FileParser, data: st.DataObject) -> None:
    suffix = data.draw(st.sampled_from([".pdf", ".docx", ".html", ".txt", ".md"]))
    seeds = {".pdf": TRAVEL, ".docx": WORD, ".html": b"<table><tr><td>a<ul><li>b</table>"}
    if suffix in seeds and data.draw(st.booleans()):
        drawn = bytearray(seeds[suffix])
        chance = random.Random(data.draw(st.integers(0, 10**6)))
        for _ in range(chance.randrange(1, 30)):
            drawn[chance.randrange(len(drawn))] = chance.randrange(256)
        content = bytes(drawn[: chance.randrange(len(drawn) // 2, len(drawn) + 1)])
    else:
        content = data.draw(st.binary(max_size=200))
    said = told(parser, suffix, content)
    assert said.strip()
    assert "its parser" not in said


WORD = word(("Heading 1", "Notice"), ("List Bullet", "Three months."), rows=[["a", "b"]])


# -- tables in a PDF


FEES = [
    ["Lodge", "A night", "Deposit"],
    ["Alder", "61 euros", "20 euros"],
    ["Birch, the one\nby the lake", "73 euros", "25 euros"],
    ["Cedar", "", "30 euros"],
]
FEES_READ = """\
| Lodge | A night | Deposit |
| --- | --- | --- |
| Alder | 61 euros | 20 euros |
| Birch, the one by the lake | 73 euros | 25 euros |
| Cedar |  | 30 euros |"""


@pytest.mark.parametrize("drawn", ["lines", "box", "bars"])
def test_a_ruled_table_in_a_pdf_is_rows_and_stays_whole_in_a_passage(
    parser: FileParser, word_embedder: Embedder, drawn: str
) -> None:
    file = pdf(["The fees are these, for one year.", Grid(FEES, drawn), "They hold from January on."])
    parsed = parser.parse(".pdf", file)
    assert parsed.text == f"## Page 1\n\nThe fees are these, for one year.\n\n{FEES_READ}\n\nThey hold from January on."
    assert parsed.remarks == ()
    document = Document(doc_id="d", title="Fees", text=parsed.text, valid_from=date(2024, 1, 1))
    passages = cut([document], max_tokens=45, overlap_sentences=0, count_tokens=word_embedder.count_tokens)
    (whole,) = [passage.text for passage in passages if "Alder" in passage.text]
    assert "Cedar" in whole


def test_a_table_between_rules_has_its_columns_where_no_word_stands(parser: FileParser) -> None:
    rows = [FEES[0], FEES[1], FEES[3]]
    text = parser.parse(".pdf", pdf(["The fees are these.", Grid(rows, "rules")])).text
    assert text.endswith(
        "| Lodge | A night | Deposit |\n| --- | --- | --- |\n| Alder | 61 euros | 20 euros |\n| Cedar |  | 30 euros |"
    )


@pytest.mark.parametrize(
    "grid",
    [
        Grid(FEES, "nothing"),
        Grid([["A box around a text is no table."], ["It has one column."]], "box", 300),
        Grid([["", "", ""], ["", "", ""], ["A drawing, lettered once", "", ""]], "lines"),
        Grid([["It goes on and on in words that fill the", "columns of a page that is set in two of"],
              ["them, as in a paper, with a line above,", "one below its head and one more below,"],
              ["which is no table. It is read as it", "stands there, a line after the other."]], "rules", 230),
    ],
    ids=["unruled", "one column", "drawing", "two columns of prose"],
)  # fmt: skip
def test_what_is_no_ruled_table_is_read_as_lines(parser: FileParser, grid: Grid) -> None:
    parsed = parser.parse(".pdf", pdf(["Some text.", grid]))
    assert "|" not in parsed.text
    words = {word for row in grid.rows for cell in row for word in cell.split()}
    assert words <= set(parsed.text.split())


def test_a_page_whose_tables_cannot_be_told_is_read_as_lines_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pdfplumber", None)
    parsed = parse_pdf(pdf(["Some text."], ["The fees.", Grid(FEES)]), lambda: None)
    assert {"Alder", "Cedar"} <= set(parsed.text.split())
    assert parsed.remarks == (
        ("PDF page whose tables, if it has any, are read as lines of text", "page 2: pip install 'ragvsft[tables]'"),
    )


# -- the sheet of questions


DOCUMENTS: Files = {
    "travel.pdf": TRAVEL,
    "a/leave.md": "# Leave\n\nThirty days a year.\n",
    "b/leave.md": "# Leave in b\n\nTen days a year.\n",
    "Größe.txt": "The size is 12.\n",
}


def test_the_sheet_names_documents_by_path_or_name_and_joins_answers(tmp_path: Path) -> None:
    sheet = "\ufeff" + sheet_of(
        "How much is a night?;120 euros | 120 €;TRAVEL;test;night;pay",
        "What does a night cost?;120 euros|120 €;travel.pdf;train;night;pay",
        "What may a night cost?;120 euros|120 €;travel;dev;night;pay",
        "Do the two differ?;yes;a/leave.md | b/leave.md;training;;",
        "Which size?;12;Gro\u0308ße.txt;validation;;",
        "Who is the boss?;;;test;;",
        ";;travel.pdf;dev;;",
        columns="Question;answers;document;split;fact_id;slice.topic".lower(),
    )
    report, dataset = bring_in(write(tmp_path / "f", DOCUMENTS), sheet)
    found = {question.question: question for question in dataset.questions}
    night = found["How much is a night?"]
    assert (night.question_id, night.fact_id, night.split) == ("q2", "night", Split.TEST)
    assert night.answers == ("120 euros", "120 €")
    assert night.slice == {"topic": "pay"}
    assert {found[text].gold_doc_ids for text in found if "night" in text} == {("travel.pdf",)}
    assert found["Do the two differ?"].gold_doc_ids == ("a/leave.md", "b/leave.md")
    assert found["Which size?"].gold_doc_ids == ("Größe.txt",)
    assert found["Which size?"].split is Split.DEV
    boss = found["Who is the boss?"]
    assert (boss.answerable, boss.answers) == (False, ())
    assert report.left_out == {"row of the sheet that is not filled in": 1}


def test_wrong_names_splits_and_dates_are_told_with_their_lines_and_nothing_is_written(tmp_path: Path) -> None:
    sheet = sheet_of(
        "One?,1,travle.pdf,,",
        "Two?,2,leave.md,,",
        "Three?,3,travel.pdf,exam,",
        'Four?,4,travel.pdf,,"soon"',
        columns="question,answers,document,split,valid_from",
    )
    with pytest.raises(DataError) as caught:
        bring_in(write(tmp_path / "f", DOCUMENTS), sheet)
    assert caught.value.message == (
        "sheet.csv has 4 problems:\n"
        "  sheet.csv, line 2: there is no document 'travle.pdf'; did you mean 'travel.pdf'?\n"
        "  sheet.csv, line 3: 'leave.md' may be a/leave.md or b/leave.md\n"
        "  sheet.csv, line 4: 'exam' is no split\n"
        "  sheet.csv, line 5: valid_from must be a date such as 2024-01-31, not 'soon'"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "sheet.csv"]


def test_a_question_about_a_file_that_is_left_out_goes_with_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"scan.pdf": scanned_pdf(), "good.txt": "It is 4."})
    report, dataset = bring_in(folder, sheet_of("What does it say?,5,scan.pdf", "What is it?,4,good.txt"))
    assert [question.answers for question in dataset.questions] == [("4",)]
    assert report.examples["question about a file that is left out"] == ("sheet.csv, line 2: scan.pdf",)


def test_a_column_label_makes_the_task_label(tmp_path: Path) -> None:
    sheet = sheet_of("Is it paid?,yes,travel", "Is it free?,no,travel", columns="question,label,document")
    _, dataset = bring_in(write(tmp_path / "f", DOCUMENTS), sheet)
    assert (dataset.task, dataset.labels) == (Task.LABEL, ("no", "yes"))


def test_rows_of_one_question_with_other_dates_are_its_history(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"2024-01-01/fee.txt": "The fee is 10.", "2024-07-01/fee.txt": "The fee is 12."})
    sheet = sheet_of(
        "What is the fee?,12 | twelve,fee.txt,2024-07-01",
        "what is the  fee?,10,fee.txt,2024-01-01",
        columns="question,answers,document,valid_from",
    )
    _, dataset = bring_in(folder, sheet)
    (question,) = dataset.questions
    assert question.answer_history == (
        AnswerInterval(answers=("10",), valid_from=date(2024, 1, 1), valid_to=date(2024, 7, 1)),
        AnswerInterval(answers=("12", "twelve"), valid_from=date(2024, 7, 1)),
    )
    assert question.answers == ("12", "twelve")


def test_a_history_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    sheet = sheet_of("Fee?,1,fee,2024-07-01,2024-01-01", columns="question,answers,document,valid_from,valid_to")
    with pytest.raises(DataError, match=r"sheet\.csv, line 2: the answer ends 2024-01-01"):
        bring_in(write(tmp_path / "f", {"fee.txt": "The fee is 1."}), sheet)


def test_answers_that_hold_at_one_time_are_refused_with_both_lines_of_the_sheet(tmp_path: Path) -> None:
    columns = "question_id,question,answers,document,valid_from,valid_to"
    folder = write(tmp_path / "f", {"fee.txt": "The fee is 1."})
    sheet = sheet_of(
        "a,Fee?,1,fee,2024-01-01,2025-01-01",
        "a,Fee?,2,fee,2024-07-01,",
        "b,Toll?,1,fee,2024-01-01,",
        "b,Rent?,2,fee,2024-07-01,",
        columns=columns,
    )
    with pytest.raises(DataError) as caught:
        bring_in(folder, sheet)
    assert caught.value.message == (
        "sheet.csv has 2 problems:\n"
        "  sheet.csv, line 3: the answer holds from 2024-07-01, but the one in sheet.csv, line 2 holds from 2024-01-01 "
        "until 2025-01-01\n"
        "  sheet.csv, line 5: the question_id 'b' stands in sheet.csv, line 4 too, with another question ('Toll?')"
    )
    with pytest.raises(DataError, match=r"sheet\.csv, line 3: the question_id 'a' stands in sheet\.csv, line 2 too"):
        bring_in(folder, sheet_of("a,Fee?,1,fee,,", "a,Toll?,2,fee,,", columns=columns))


def test_other_formats_of_the_sheet_and_where_it_may_lie(tmp_path: Path) -> None:
    row = {"query": "Which size?", "golden_answers": ["12", "twelve"], "doc_id": "Größe.txt"}
    folder = write(tmp_path / "f", {**DOCUMENTS, "questions.jsonl": json.dumps(row)})
    report = import_dataset(folder, tmp_path / "dataset", format="documents")
    (question,) = read_dataset(tmp_path / "dataset").questions
    assert (question.answers, question.gold_doc_ids) == (("12", "twelve"), ("Größe.txt",))
    assert any("questions.jsonl" in note for note in report.notes)
    assert not report.left_out
    (folder / "questions.jsonl").rename(folder / "table.jsonl")
    report = import_dataset(
        folder,
        tmp_path / "dataset",
        options=ImportOptions(questions=folder / "table.jsonl", mapping={"question": "query"}),
    )
    assert report.n_questions == 1
    assert not report.left_out


def test_without_questions_a_sheet_is_written_with_its_splits_dealt(tmp_path: Path) -> None:
    files: Files = {f"page {n}.txt": f"Page {n} says {n}." for n in range(20)}
    folder = write(tmp_path / "f", {**files, "=evil.txt": "A formula?"})
    with pytest.raises(QuestionsNeeded, match="21 documents and no questions yet") as caught:
        import_dataset(folder, tmp_path / "dataset")
    sheet = tmp_path / "f-questions.csv"
    assert caught.value.sheet == sheet
    assert str(sheet) in str(caught.value.hint)
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 21 * 10
    by_document: dict[str, set[str]] = {}
    for row in rows:
        by_document.setdefault(row["document"], set()).add(row["split"])
    assert all(len(splits) == 1 for splits in by_document.values())
    assert {split for splits in by_document.values() for split in splits} == {"train", "dev", "test"}
    assert "./=evil.txt" in by_document
    # Called again: what is there is kept, and asked for.
    with pytest.raises(DataError, match="no row with a question|no question that can be used"):
        import_dataset(folder, tmp_path / "dataset")
    text = sheet.read_text(encoding="utf-8-sig")
    for n in range(20):
        text = text.replace(f",,page {n}.txt,", f"What does page {n} say?,{n},page {n}.txt,", 1)
    text = text.replace(",,./=evil.txt,", "What does it ask?,A formula,./=evil.txt,", 1)
    sheet.write_text(text, encoding="utf-8-sig")
    report = import_dataset(folder, tmp_path / "dataset")
    assert report.n_questions == 21
    assert report.left_out == {"row of the sheet that is not filled in": 21 * 9}
    dataset = read_dataset(tmp_path / "dataset")
    assert {q.split.value for q in dataset.questions if q.gold_doc_ids == ("page 3.txt",)} == by_document["page 3.txt"]


def test_the_sheet_of_few_documents_asks_for_phrasings_of_facts(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"a.txt": "One text.", "scan.pdf": scanned_pdf()})
    with pytest.raises(QuestionsNeeded) as caught:
        import_dataset(folder, tmp_path / "dataset", options=ImportOptions(questions=tmp_path / "new.csv"))
    assert "left out: 1 (PDF without a text layer (scanned)), such as scan.pdf" in caught.value.message
    with (tmp_path / "new.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["split"] for row in rows if row["fact_id"] == "d1-f1"] == ["train", "train", "dev", "test"]


def test_a_folder_without_a_readable_document_says_why(tmp_path: Path) -> None:
    folder = write(tmp_path / "f", {"scan.pdf": scanned_pdf()})
    with pytest.raises(DataError, match=r"no document that can be read\n  left out: 1 \(PDF without a text layer"):
        import_dataset(folder, tmp_path / "dataset")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


# -- snapshots


def versions(dataset: Dataset) -> list[tuple[str, str, str, str]]:
    return sorted((d.doc_id, str(d.valid_from), str(d.valid_to), d.text.splitlines()[-1]) for d in dataset.documents)


def test_dated_folders_are_snapshots_of_one_document_each_path(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "f",
        {
            "2024-01-01/fee.txt": "The fee is 10.",
            "2024-01-01/same.txt": "Never changes.",
            "2024-01-01/gone.txt": "Soon gone.",
            "2024-07-01/fee.txt": "The fee is 12.",
            "2024-07-01/same.txt": "Never changes.",
            "2025-01-01/fee.txt": "The fee is 12.",
            "2025-01-01/same.txt": "Never changes.",
            "2025-01-01/gone.txt": "Soon gone.",
            "2025-01-01/new.txt": "All new.",
            "loose.txt": "Undated.",
            "2024-13-01/no.txt": "No date.",
        },
    )
    (folder / "2023-01-01").symlink_to(folder / "2024-01-01")
    report, dataset = bring_in(folder, ONE)
    assert dataset.snapshots == (date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1))
    assert versions(dataset) == [
        ("fee.txt", "2024-01-01", "2024-07-01", "The fee is 10."),
        ("fee.txt", "2024-07-01", "None", "The fee is 12."),
        ("gone.txt", "2024-01-01", "2024-07-01", "Soon gone."),
        ("gone.txt", "2025-01-01", "None", "Soon gone."),
        ("new.txt", "2025-01-01", "None", "All new."),
        ("same.txt", "2024-01-01", "None", "Never changes."),
    ]
    assert report.left_out == {"file outside the dated folders": 2, "link among the dated folders": 1}


class Repository:
    """A git repository whose commits have dates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self("init", "--quiet", "--initial-branch=main")

    def __call__(self, *arguments: str, day: str = "2024-01-01") -> None:
        moment = f"{day}T12:00:00Z"
        subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=e@x", "-C", str(self.folder), *arguments],
            check=True,
            capture_output=True,
            env={
                **os.environ,
                "GIT_AUTHOR_DATE": moment,
                "GIT_COMMITTER_DATE": moment,
                "GIT_CONFIG_GLOBAL": os.devnull,
            },
        )

    def commit(self, day: str, files: Files, tag: str = "") -> None:
        write(self.folder, files)
        self("add", "--all")
        self("commit", "--quiet", "--message", day, day=day)
        if tag:
            self("tag", "--annotate", "--message", tag, tag, day=day)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit("2024-01-10", {"docs/fee.md": "The fee is 10.", "code.py": "1"}, tag="v1")
    made.commit("2024-01-20", {"docs/fee.md": "The fee is 11.", "docs/scan.pdf": scanned_pdf()})
    made.commit("2024-03-05", {"docs/fee.md": "The fee is 12.", "docs/old.txt": "Still here."}, tag="v2")
    (made.folder / "docs" / "out.txt").symlink_to("/etc/hostname")
    made.commit("2024-03-09", {"docs/fee.md": "The fee is 13."})
    return made


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("tags", {"2024-01-10": 10, "2024-03-05": 12}),
        ("months", {"2024-01-10": 10, "2024-03-05": 12}),
        ("2024-02-01,2024-04-01", {"2024-02-01": 11, "2024-04-01": 13}),
    ],
)
def test_a_git_history_gives_snapshots(
    repository: Repository, tmp_path: Path, rule: str, expected: dict[str, int]
) -> None:
    folder = tmp_path / "work"
    folder.symlink_to(repository.folder / "docs")
    report, dataset = bring_in(folder, ONE, snapshots=rule)
    assert [str(day) for day in dataset.snapshots] == list(expected)
    fees = [row for row in versions(dataset) if row[0] == "fee.md"]
    assert [(row[1], row[3]) for row in fees] == [(day, f"The fee is {fee}.") for day, fee in expected.items()]
    if rule.startswith("2024"):
        assert report.left_out == {"PDF without a text layer (scanned)": 2, "link in the repository": 1}


def test_the_whole_repository_keeps_paths_and_runs_nothing_of_its_own(repository: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n", encoding="utf-8")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "filter.x.smudge",
        "filter.x.clean",
        "core.sshCommand",
    ):
        repository("config", key, str(trap))
    (repository.folder / ".git" / "info" / "attributes").write_text("*.md filter=x\n", encoding="utf-8")
    (tmp_path / "sprung").unlink(missing_ok=True)
    _, dataset = bring_in(repository.folder, ONE, snapshots="2024-04-01")
    assert {document.doc_id for document in dataset.documents} == {"docs/fee.md", "docs/old.txt"}
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("rule", "error", "says"),
    [
        ("weeks", UsageError, "--snapshots weeks is unknown"),
        ("2023-01-01", DataError, "no commit before 2023-01-01"),
        ("tags; touch x", UsageError, "is unknown"),
    ],
)
def test_a_wrong_rule_is_told(
    repository: Repository, tmp_path: Path, rule: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        bring_in(repository.folder, ONE, snapshots=rule)
    assert not (tmp_path / "dataset").exists()


def test_a_folder_without_a_history_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="git cannot read the history of"):
        bring_in(write(tmp_path / "f", {"a.txt": "Some text."}), ONE, snapshots="months")
