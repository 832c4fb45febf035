"""Writes a report into a file, whole or not at all; the file's ending says in which form."""

from pathlib import Path

from ragvsft.core.errors import RagvsftError, UsageError
from ragvsft.report.html import report_html
from ragvsft.report.json import report_json
from ragvsft.report.markdown import report_markdown
from ragvsft.runs.atomic import write_whole
from ragvsft.verdict.verdict import Verdict

FORMS = {".md": report_markdown, ".json": report_json, ".html": report_html}


def write_report(verdict: Verdict, output: Path) -> None:
    """Write a verdict as Markdown (`.md`), JSON (`.json`) or one page (`.html`).

    Raises:
        UsageError: the file has another ending.
        ServiceError: the page's charts cannot be drawn, as vl-convert is not installed.
        RagvsftError: it cannot be written.
    """
    form = FORMS.get(output.suffix.lower())
    if form is None:
        raise UsageError(
            f"{output} ends in {output.suffix or 'nothing'}, which is no form of a report",
            hint=f"endings: {', '.join(FORMS)}",
        )
    write_text(output, form(verdict), f"the report {output}")


def write_text(path: Path, text: str, name: str) -> None:
    """Write a text with a final line break, whole or not at all; an error calls the file by `name`.

    Raises:
        RagvsftError: it cannot be written.
    """
    try:
        write_whole(path, f"{text}\n")
    except OSError as error:
        raise RagvsftError(
            f"{name} cannot be written: {error.strerror or error}",
            hint="give a file in a folder that exists, may be written and has room",
        ) from error
