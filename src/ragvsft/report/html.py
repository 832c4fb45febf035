"""`report.html`: the report and its charts in one file without a script, a link or a request; for light and dark."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape, unescape
from typing import Any

from ragvsft.report import figures
from ragvsft.report.chart_files import svg
from ragvsft.report.escaping import shortened, without_controls
from ragvsft.report.html_charts import charts_of
from ragvsft.report.html_style import STYLE
from ragvsft.report.markdown import parts_of
from ragvsft.verdict.answers import score_table
from ragvsft.verdict.examples import Example, Said, every_example
from ragvsft.verdict.inputs import read_inputs
from ragvsft.verdict.verdict import Verdict

MOST_EXAMPLES = 1_000
MOST_CHARACTERS = 240
"""Of one text among the examples."""
MOST_ANSWERS = 20
"""Shown of a question's accepted answers, and of its earlier ones; some datasets list hundreds."""
MOST_BYTES = 9_000_000
"""Of all examples together; charts and tables take less than half a megabyte, so that the page stays below ten."""
_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_TITLES = {"answer": "The answer"}
_HEADING = re.compile(r"^#{1,2} (.+)$", re.MULTILINE)
_DETAILS = re.compile(r"<p>&lt;details&gt;&lt;summary&gt;([A-Za-z ]+)&lt;/summary&gt;</p>")
_SVG_NAME = re.compile(r'(\bid="|url\(#|xlink:href="#)')


def report_html(verdict: Verdict) -> str:
    """The report as an HTML page without a final line break.

    Raises:
        ServiceError: the charts cannot be drawn: vl-convert is not installed.
        DataError: the run is damaged.
    """
    charts = charts_of(verdict)
    parts = {name: text for name, text in parts_of(verdict).items() if text}
    sections, links = [], []
    n_charts = 0
    for name, text in parts.items():
        drawn = []
        for title, spec in charts.get(name, ()):
            n_charts += 1
            drawn.append(_figure(title, spec, f"chart{n_charts}-"))
        sections.append(f'<section id="{name}">{_with_charts(_rendered(text), drawn)}</section>')
        links.append((name, _TITLES.get(name) or _heading(text)))
    told = _examples(verdict)
    if told:
        sections.append(f'<section id="examples">{told}</section>')
        links.append(("examples", "Examples"))
    contents = "".join(f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title in links)
    title = escape(without_controls(verdict.manifest.name))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title} · ragvsft</title><style>{STYLE}</style></head>"
        f'<body><nav aria-label="Contents"><ul>{contents}</ul></nav>'
        f"<main>{''.join(sections)}</main></body></html>"
    )


def _rendered(markdown: str) -> str:
    """Our Markdown as HTML; texts of others are escaped in it already, and links, images and HTML are none here."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.disable(["link", "image", "autolink", "html_inline", "html_block", "reference"])
    found = reader.render(markdown).replace("<p>&lt;/details&gt;</p>", "</details>")
    found = _DETAILS.sub(r"<details><summary>\1</summary>", found)
    return found.replace("<table>", '<div class="table" tabindex="0"><table>').replace("</table>", "</table></div>")


def _with_charts(section: str, charts: Sequence[str]) -> str:
    """Charts behind the section's first heading and what is said there."""
    if not charts:
        return section
    at = section.find("</p>", section.find("</h"))
    cut = at + len("</p>") if at >= 0 else len(section)
    return f"{section[:cut]}{''.join(charts)}{section[cut:]}"


def _figure(title: str, spec: dict[str, Any], prefix: str) -> str:
    drawn = svg(spec, text="currentColor", grid="#80879355", background=None)
    # Names within one picture are not to mean another one's.
    drawn = _SVG_NAME.sub(rf"\g<1>{prefix}", drawn)
    told = escape(without_controls(spec["description"]), quote=True)
    caption = escape(figures.capital(title))
    return (
        f'<figure><figcaption>{caption}</figcaption><div role="img" aria-label="{told}">'
        f'<div aria-hidden="true">{drawn}</div></div></figure>'
    )


def _heading(text: str) -> str:
    found = _HEADING.search(text)
    title = found[1] if found else "more"
    return unescape(title.replace("\\", "")).partition(":")[0]


def _examples(verdict: Verdict) -> str:
    inputs = read_inputs(verdict.folder)
    asked = [wave for wave in inputs.waves if any(wave.outcomes.values())]
    if not asked:
        return ""
    from ragvsft.metrics.answers import metrics_for

    primary = metrics_for(inputs.task, inputs.manifest.dataset.labels)[0]
    names = [arm.name for arm in inputs.arms]
    table = score_table(asked[-1], names, [primary], inputs.manifest.dataset.abstain)
    found = every_example(table, primary.name, MOST_EXAMPLES)
    if not found:
        return ""
    written = list(_within(MOST_BYTES, map(_example, found)))
    n = len(table.questions)
    cut = f"The first {len(written):,} of {n:,} questions" if len(written) < n else f"All {n:,} questions"
    return (
        f"<h2>Examples</h2><p>{cut} at {asked[-1].wave}, each with what every arm said (with its first training seed); "
        "✓ stands for an arm that is right.</p>" + "".join(written)
    )


def _within(n_bytes: int, texts: Iterable[str]) -> Iterator[str]:
    """The first texts, as many as weigh no more than that together."""
    for text in texts:
        n_bytes -= len(text.encode())
        if n_bytes < 0:
            return
        yield text


def _example(one: Example) -> str:
    marks = "".join("✓" if said.kind == "current" else "·" for said in one.said)
    right = _listed(one.answers) or "nothing: abstaining is right"
    before = f"<p>Right before: {_listed(one.stale_answers)}</p>" if one.stale_answers else ""
    rows = "".join(_said(said) for said in one.said)
    return (
        f'<details class="example"><summary><span class="ticks">{marks}</span> {_text(one.question)}</summary>'
        f"<p>Right: {right}</p>{before}<table><tbody>{rows}</tbody></table></details>"
    )


def _listed(answers: Sequence[str]) -> str:
    told = [_text(answer) for answer in answers[:MOST_ANSWERS]]
    more = len(answers) - len(told)
    return ", ".join([*told, *([f"and {more:,} more"] if more else [])])


def _said(said: Said) -> str:
    # An answer has the cell for itself, which then runs in its direction; a <bdi> within would not be asked for one.
    answer = _bare(said.answer) if said.answer is not None else f"failed: {_text(said.failure or '')}"
    return (
        f'<tr><th scope="row">{escape(said.arm)}</th><td dir="auto">{answer}</td>'
        f'<td class="{said.kind}">{said.kind}</td></tr>'
    )


def _text(text: str) -> str:
    """A text of others: on one line, cut, escaped, and its direction its own."""
    return f"<bdi>{_bare(text)}</bdi>"


def _bare(text: str) -> str:
    return escape(shortened(without_controls(text), MOST_CHARACTERS))
