"""Texts written from right to left, in a real Chromium: they run in their own direction and turn nothing else."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from generated_run import write_run
from playwright.sync_api import Locator, Page, expect

from ragvsft.report.writing import write_report
from ragvsft.verdict.judging import read_verdict

pytestmark = pytest.mark.browser

N_QUESTIONS = 10
OVERRIDE = "\u202eterces\u2066"
"""Shown backwards, and all that follows with it, where it is let through."""
ARABIC = {
    "What does a night in room": "كم تبلغ تكلفة الليلة في الغرفة رقم",
    "of the house by the river cost in the season?": "في البيت على ضفة النهر خلال الموسم؟",
    "of the house by the river costs": "في البيت على ضفة النهر تكلف",
    "It has a bed and a window.": "فيها سرير ونافذة.",
    "a night.": "لليلة الواحدة.",
    "Room": "الغرفة",
    "euros": f"يورو {OVERRIDE}",
}


def in_arabic(text: str) -> str:
    """A text of the generated run, with an override at the end of each price."""
    for english, arabic in ARABIC.items():
        text = text.replace(english, arabic)
    return text


@pytest.fixture(scope="module")
def arabic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose questions, answers and passages are Arabic; what arms say wrongly and their names are English."""
    return write_run(tmp_path_factory.mktemp("arabic"), N_QUESTIONS, n_waves=2, wording=in_arabic)


@pytest.fixture
def open_page(watch, start_dashboard, arabic: Path) -> Iterator[Callable[[str], Page]]:
    with start_dashboard(arabic.parent) as started:
        watched = watch(started.url)
        yield watched.open
        watched.page.close()


PLACES = """(element, words) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const range = document.createRange();
        for (const word of words) {
            const at = node.data.indexOf(word);
            if (at < 0 || found.some(([seen]) => seen === word)) continue;
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            const box = range.getBoundingClientRect();
            found.push([word, box.left, box.right, box.top]);
        }
    }
    return Object.fromEntries(found.map(([word, ...box]) => [word, box]));
}"""


def stand(place: Locator, *words: str) -> None:
    """See that the words stand on one line of a place, in this order from left to right."""
    boxes = place.first.evaluate(PLACES, list(words))
    assert set(boxes) == set(words)
    assert max(box[2] for box in boxes.values()) - min(box[2] for box in boxes.values()) < 12, boxes
    for first, second in pairwise(words):
        assert boxes[first][1] <= boxes[second][0] + 1, (first, second, boxes)


def starts_right(place: Locator) -> bool:
    """Whether a block's lines begin at its right end."""
    return place.first.evaluate(
        """element => {
            const range = document.createRange();
            range.selectNodeContents(document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode());
            const pieces = [...range.getClientRects()], box = element.getBoundingClientRect();
            const line = pieces.filter(piece => Math.abs(piece.top - pieces[0].top) < 12);
            const [left, right] = [Math.min(...line.map(one => one.left)), Math.max(...line.map(one => one.right))];
            return box.right - right < left - box.left;
        }"""
    )


def nothing_turns(page: Page) -> None:
    """See that no character that overrides a direction is left, and that what sets a text apart is closed."""
    text = page.locator("body").inner_text()
    assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067")
    assert text.count("\u2068") == text.count("\u2069")
    assert "terces" in text, "the letters themselves are shown as they were written"


def test_examples_run_in_their_own_direction(open_page) -> None:
    page = open_page("/examples?question=q000005&against=the+right+answer")
    main = page.locator("[data-testid=stMain]")
    question = main.locator("[data-testid=stText]").first
    expect(question).to_contain_text("كم تبلغ")
    right = main.locator("[data-testid=stText]").nth(1)
    expect(right).to_contain_text("يورو")
    assert starts_right(right)
    stand(question, "الغرفة", "تبلغ", "كم")
    answer = main.locator("[data-testid=stCode] code").filter(has_text="يورو").filter(has_text="1005")
    stand(answer, "يورو", "1005")
    assert starts_right(answer)
    passage = main.locator("[data-testid=stMarkdownContainer] p").filter(has_text="تكلف")
    assert starts_right(passage)
    nothing_turns(page)
    # In the list of questions the number before a question stays before it.
    page.get_by_role("combobox", name="Question 6 of 10").click()
    stand(page.get_by_role("option").filter(has_text="6."), "6.", "الموسم؟", "كم")


def test_a_difference_stays_readable(open_page) -> None:
    page = open_page("/examples?question=q000005&against=the+right+answer")
    told = page.locator("[data-testid=stMarkdownContainer] p").filter(has=page.locator("span", has_text="−"))
    expect(told.first).to_be_visible()
    for span in told.locator("span[style*=background], span[class*=Background]").all():
        sign = span.inner_text().strip("\u2060\u2068\u2069 ")[0]
        assert sign in "+−"
        assert span.evaluate("element => element.getClientRects().length") == 1, "its words stay together"
    nothing_turns(page)


def test_stale_answers_stay_in_their_columns(open_page) -> None:
    page = open_page("/freshness?wave=2024-07-01")
    table = page.get_by_role("table", name="Stale answers, one row an answer")
    expect(table).to_be_visible()
    row = table.get_by_role("row").nth(1)
    lefts = [cell.bounding_box()["x"] for cell in row.get_by_role("cell").all()]
    heads = [cell.bounding_box()["x"] for cell in table.get_by_role("columnheader").all()]
    assert lefts == sorted(lefts) == heads
    assert row.get_by_role("cell").first.inner_text().isascii()
    stand(row.get_by_role("cell").nth(1), "الغرفة", "تبلغ", "كم")
    nothing_turns(page)


def test_a_question_is_typed_in_its_own_direction(open_page) -> None:
    page = open_page("/examples")
    search = page.get_by_label("Search")
    search.fill("الغرفة رقم 7")
    expect(page.get_by_text("Question 1 of 1")).to_be_visible()
    assert search.evaluate("element => getComputedStyle(element).unicodeBidi") == "plaintext"


@pytest.mark.parametrize("form", ["html", "md"])
def test_the_report_keeps_its_order(watch, arabic: Path, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"report.{form}"
    write_report(read_verdict(arabic), file)
    text = file.read_text(encoding="utf-8")
    assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067")
    assert text.count("\u2068") == text.count("\u2069") > 0
    if form == "md":
        return
    watched = watch(offline=True)
    page = watched.page
    page.goto(file.as_uri())
    example = page.locator("details.example").nth(5)
    stand(example.locator("summary"), "✓", "الموسم؟", "كم")
    example.locator("summary").click()
    row = example.get_by_role("row").filter(has_text="oracle")
    answer = row.get_by_role("cell").first
    assert starts_right(answer)
    stand(answer, "يورو", "1005")
    names = [cell.bounding_box()["x"] for cell in (row.get_by_role("rowheader").first, *row.get_by_role("cell").all())]
    assert names == sorted(names)
    stale = page.locator("#freshness table").filter(has_text="كم تبلغ").first
    stand(stale.locator("tbody tr").first.locator("td").nth(1), "الغرفة", "تبلغ", "كم")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
