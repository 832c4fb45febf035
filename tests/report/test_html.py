"""The one-file report: complete, small, without a script, a link or a request, whatever texts the run holds."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ragvsft.report.chart_files import png, svg
from ragvsft.report.html import report_html
from ragvsft.report.html_charts import charts_of
from ragvsft.report.markdown import parts_of
from ragvsft.report.writing import write_report
from ragvsft.verdict.verdict import Verdict


@pytest.fixture(scope="module")
def page(weighed: Verdict) -> str:
    return report_html(weighed)


def test_every_part_of_the_report_is_there(page: str, weighed: Verdict) -> None:
    for name, text in parts_of(weighed).items():
        assert (f'<section id="{name}">' in page) == bool(text)
    assert "<h2>Examples</h2>" in page
    assert page.count('class="example"') == 30
    assert page.count("<details><summary>Prices and their sources</summary>") == 1
    assert "&lt;/details&gt;" not in page


def test_nothing_in_it_can_act(page: str, hostile: str) -> None:
    assert hostile.split()[0] == "<img"
    assert "Content-Security-Policy" in page
    assert "default-src 'none'" in page
    tags = set(re.findall(r"<([a-zA-Z][a-zA-Z0-9]*)", page))
    assert not tags & {"script", "img", "iframe", "object", "embed", "link", "base", "form", "image", "use"}
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", page)
    links = set(re.findall(r'href="([^"]*)"', page))
    assert links == {f"#{name}" for name in re.findall(r'<section id="([a-z]+)">', page)}
    assert "\x1b" not in page


def test_charts_are_drawn_and_told(page: str, weighed: Verdict) -> None:
    drawn = [spec for some in charts_of(weighed).values() for _, spec in some]
    assert len(drawn) >= 7
    assert page.count("<figure>") == page.count("<svg ") == len(drawn)
    labels = re.findall(r'<div role="img" aria-label="([^"]+)"', page)
    assert len(labels) == len(drawn)
    assert any(label.startswith("How often each arm is best in the resamples: ") for label in labels)
    names = re.findall(r'\bid="(chart\d+-[^"]+)"', page)
    assert len(names) == len(set(names))


def test_a_chart_is_a_picture_of_its_own(weighed: Verdict) -> None:
    _, spec = charts_of(weighed)["answer"][0]

    root = ElementTree.fromstring(svg(spec))
    assert root.tag.endswith("svg")
    assert "closed_book" in "".join(root.itertext())
    assert png(spec).startswith(b"\x89PNG")


def test_it_is_written_by_its_ending(weighed: Verdict, tmp_path: Path) -> None:
    file = tmp_path / "report.html"

    write_report(weighed, file)

    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert file.stat().st_size < 2_000_000
