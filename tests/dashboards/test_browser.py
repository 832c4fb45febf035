"""The dashboard in a real Chromium: clicked through, deep-linked, hostile texts shown and not run, accessible."""

import re
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from asked_run import ASKABLE, AskedRun
from ragvsft.report.writing import write_report
from ragvsft.verdict.judging import read_verdict
from watched import WAIT_MS

pytestmark = pytest.mark.browser

RUNS_LISTED_ANEW_S = 1.2

HEAVY = ("/torch/", "/tokenizers/", "/safetensors/", "/grpc/")
"""What torch, transformers, peft and weaviate bring that is no Python, so that the process maps it."""


PAGES = {
    "/": "Which arm should you choose?",
    "/accuracy": "How often is each arm right?",
    "/freshness": "Who keeps up when the facts change?",
    "/cost": "What does each arm cost?",
    "/examples": "One question, every arm",
    "/lab": "How was it made?",
    "/ask": "What would they say?",
}


def test_a_reader_clicks_through(watch) -> None:
    watched = watch()
    page = watched.open("/")
    for name in ("Accuracy", "Freshness", "Cost", "Ask", "Lab"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=PAGES[f"/{name.lower()}"])).to_be_visible()
        watched.settle()
    page.get_by_text("Training", exact=True).click()
    expect(page.get_by_text("over-fitted after its best check").first).to_be_visible()
    assert watched.of_address("part") == "Training"

    page.get_by_role("link", name="Examples", exact=True).click()
    expect(page.get_by_role("heading", name="One question, every arm")).to_be_visible()
    expect(page.get_by_text("Question 1 of 24")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Question 2 of 24")).to_be_visible()
    page.keyboard.press("Alt+j")
    expect(page.get_by_text("Question 3 of 24")).to_be_visible()
    watched.settle()
    assert watched.of_address("question") == "q02"

    page.go_back()
    expect(page.get_by_text("Question 2 of 24")).to_be_visible()

    page.get_by_role("link", name="Accuracy", exact=True).click()
    expect(page.get_by_role("heading", name="How often is each arm right?")).to_be_visible()
    page.get_by_role("link", name="Examples", exact=True).click()
    expect(page.get_by_text("Question 2 of 24")).to_be_visible()


def test_a_number_of_wins_leads_to_its_questions(watch) -> None:
    watched = watch()
    page = watched.open("/accuracy")
    told = re.compile(r"rag 75\.0 \(54\.2–90\.3\); fine_tuned")
    expect(page.locator("[role=graphics-document]")).to_have_attribute("aria-label", told)
    expect(page.get_by_role("table", name="Scores, one row an arm").get_by_role("row")).to_have_count(8)
    cell = page.get_by_role("table", name="Wins of the arm").get_by_role("link").first
    n, address = cell.inner_text(), cell.get_attribute("href")

    assert address is not None
    page = watched.open(address[address.index("/examples") :])
    expect(page.get_by_text(f"Question 1 of {n}")).to_be_visible()


def test_sliders_decide_anew_and_stay_in_the_address(watch, start_dashboard, priced) -> None:
    with start_dashboard(priced.root) as started:
        watched = watch(started.url)
        page = watched.open("/")
        expect(page.get_by_text("With what you set")).to_have_count(0)
        page.get_by_role("slider", name="Cost").press("End")
        expect(page.get_by_text("With what you set")).to_be_visible()
        watched.settle()
        assert watched.of_address("cost") == "100"
        told = page.locator("[role=graphics-document]").nth(1).get_attribute("aria-label")

        page.reload()
        watched.settle()
        expect(page.get_by_text("With what you set")).to_be_visible()
        expect(page.locator("[role=graphics-document]").nth(1)).to_have_attribute("aria-label", str(told))
        page.get_by_role("link", name="Cost", exact=True).click()
        expect(page.get_by_role("heading", name="A month", exact=True)).to_be_visible()
        watched.settle()
        page.get_by_role("link", name="Decision", exact=True).click()
        expect(page.get_by_text("With what you set")).to_be_visible()
        page.close()


@pytest.mark.parametrize(("form", "begins"), [("CSV", b"\xef\xbb\xbfarm,exact match"), ("Parquet", b"PAR1")])
def test_a_table_is_taken_away_as_a_file(watch, form: str, begins: bytes) -> None:
    page = watch().open("/accuracy")
    page.get_by_role("button", name="Export").nth(1).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=form, exact=True).click()

    assert download.value.suggested_filename == f"scores.{form.lower()}"
    assert download.value.path().read_bytes().startswith(begins)


def test_a_chart_is_taken_away_as_a_picture(watch) -> None:
    page = watch().open("/accuracy")
    page.get_by_role("button", name="Export").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG", exact=True).click()

    assert download.value.path().read_text().startswith("<svg ")


def test_the_pages_load_no_model_library(watch, dashboard) -> None:
    watch().open("/examples")

    loaded = [one.path for one in dashboard.process.memory_maps()]
    assert any("scipy" in path for path in loaded)
    assert not [path for path in loaded if any(name in path for name in HEAVY)]


def test_an_address_opens_the_same_view_again(watch, written) -> None:
    watched = watch()
    address = f"/examples?run={written.folder.name}&wave=2024-07-01&show=stale&search=cost&question=q09"
    page = watched.open(address)
    for _ in range(2):
        expect(page.get_by_text("What does item 9 cost?", exact=True)).to_be_visible()
        expect(page.get_by_text("Right at 2024-07-01")).to_be_visible()
        expect(page.get_by_text("19 euros").first).to_be_visible()
        expect(page.get_by_label("Search")).to_have_value("cost")
        assert [watched.of_address(name) for name in ("wave", "show", "search", "question")] == [
            "2024-07-01",
            "stale",
            "cost",
            "q09",
        ]
        page.reload()
        watched.settle()

    page.get_by_role("link", name="Accuracy", exact=True).click()
    expect(page.get_by_text("questions on 24 facts at 2024-07-01")).to_be_visible()
    assert watched.of_address("wave") == "2024-07-01"


def test_examples_are_read_by_the_keyboard_alone(watch) -> None:
    watched = watch()
    page = watched.open("/examples?question=q01")
    page.keyboard.press("Alt+k")
    expect(page.get_by_text("Question 1 of 24")).to_be_visible()
    watched.settle()
    page.keyboard.press("Alt+k")  # there is none before it: nothing happens, and the page is not left
    page.keyboard.press("Alt+w")
    expect(page.get_by_text("+ It is 1")).to_be_visible()
    watched.settle()
    assert (watched.of_address("question"), watched.of_address("against")) == ("q00", "the right answer")
    page.keyboard.press("Alt+w")
    expect(page.get_by_text("+ It is 1")).to_have_count(0)

    page.get_by_label("Search").focus()
    page.keyboard.type("17 euros")
    expect(page.get_by_text("Question 1 of 3")).to_be_visible()
    page.keyboard.press("Alt+j")
    expect(page.get_by_text("Question 2 of 3")).to_be_visible()
    expect(page.get_by_label("Search")).to_have_value("17 euros")

    keyboard = page.get_by_role("button", name="Keyboard")
    keyboard.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Alt+W", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Alt+W", exact=True)).to_have_count(0)
    assert _serious(page, "/examples") == []


def test_the_search_filters_while_one_types(watch) -> None:
    page = watch().open("/examples")

    page.get_by_label("Search").press_sequentially("17 euros")
    expect(page.get_by_text("Question 1 of 3")).to_be_visible()
    expect(page.get_by_text("What does item 14 cost?", exact=True)).to_be_visible()
    page.get_by_label("Search").fill("nowhere")
    expect(page.get_by_text("None of the 24 questions passes these filters.")).to_be_visible()


def test_hostile_texts_are_shown_and_do_nothing(watch, written) -> None:
    watched = watch()
    for question in ("q02", "q04", "q05"):  # in a question and its answers, in what an arm said, in a failure
        page = watched.open(f"/examples?question={question}")
        page.get_by_text("Prompts").click()
        page.get_by_role("tab", name="oracle").click()
        expect(page.get_by_text("Prompt of oracle with passages")).to_be_visible()
        _is_inert(page)
        for text in (":smile:", ":material/home:", ":red[red]", "$x^2$", "**bold**", "`code`"):
            assert page.locator("[data-testid=stMain]").get_by_text(text).count() > 0

    page = watched.open("/")
    page.get_by_text("Fairness checks", exact=True).click()
    expect(page.get_by_text("none is tested: <script>").first).to_be_visible()
    _is_inert(page)
    page = watched.open("/lab?part=Training")
    page.get_by_text("What it was made of").first.click()
    _is_inert(page)
    page = watched.open(f"/accuracy?{urlencode({'slice': written.hostile_slice})}")
    expect(page.get_by_role("columnheader", name="z ![image]")).to_be_visible()
    assert page.locator("[data-testid=stMain]").locator("img").count() == 0
    for part in ("Fairness", "Manifest"):
        _is_inert(watched.open(f"/lab?part={part}"))


def _is_inert(page: Page) -> None:
    """The text stands there as it was written, and nothing on the page came of it."""
    shown = page.locator("[data-testid=stMain]")
    expect(shown.get_by_text("<script>document.title='owned'</script>").first).to_be_visible()
    assert shown.locator("a, iframe, script, img, .katex").count() == 0
    assert "owned" not in page.title()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(watch, theme: str) -> None:
    watched = watch(color_scheme=theme)
    paths = [*PAGES, "/examples?question=q00&wave=1999-01-01&against=oracle", "/lab?part=Training", "/?cost=50"]
    for path in paths:
        page = watched.open(path)
        for summary in page.locator("[data-testid=stExpander] summary").all()[:2]:
            summary.click()
        page.wait_for_timeout(500)  # what unfolds fades in, and axe measures its contrast
        assert _serious(page, path) == []


def _serious(page: Page, path: str) -> list[str]:
    return [
        f"{path} {rule['id']} ({rule['impact']}): {node['target']} {node['html'][:200]}"
        for rule in Axe().run(page).response["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_confidence_is_drawn_and_axe_finds_nothing_serious(watch, start_dashboard, sure, theme: str) -> None:
    with start_dashboard(sure.root) as own:
        page = watch(own.url, color_scheme=theme).open("/accuracy")
        for title in ("Abstaining", "Right by confidence", "Confidence", "Risk by coverage"):
            expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")).to_have_count(3)
        page.get_by_text("Bins of confidence", exact=True).click()
        page.wait_for_timeout(500)
        assert _serious(page, "/accuracy") == []
        page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_report_opens_from_disk_without_a_network(watch, priced, tmp_path: Path, theme: str) -> None:
    file = tmp_path / "report.html"
    write_report(read_verdict(priced.folder), file)
    watched = watch(color_scheme=theme, offline=True)
    page = watched.page
    page.goto(file.as_uri())

    assert watched.requests == [file.as_uri()]
    page.locator("details.example summary").first.click()
    expect(page.get_by_text("Right: 20 euros")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="Examples").click()
    expect(page.get_by_role("heading", name="Examples")).to_be_in_viewport()
    assert _serious(page, "report.html") == []
    assert "owned" not in page.title()
    assert page.locator("script, iframe, main a").count() == 0


@pytest.mark.weaviate
@pytest.mark.model
def test_a_new_question_is_answered_by_every_arm_and_otherwise_with_another_k(
    watch, start_dashboard, asked_run: AskedRun
) -> None:
    with start_dashboard(asked_run.folder.parent, "--store", str(asked_run.store)) as started:
        watched = watch(started.url)
        page = watched.open("/ask")
        page.get_by_label("Question").fill("Wer leitet das Lager in Gent?")
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.get_by_text("Loading the model …")).to_be_visible()
        spent = page.get_by_text(re.compile(r"^[0-9,]+ \+ [0-9]+ tokens · [0-9.]+ USD"))
        expect(spent).to_have_count(len(ASKABLE), timeout=WAIT_MS)
        watched.settle()
        assert not [one.path for one in started.process.memory_maps() if any(name in one.path for name in HEAVY)]

        page.get_by_role("combobox", name="Passages (k)").click()
        page.get_by_role("option", name="5", exact=True).click()
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.get_by_text(re.compile(r"k 5 · alpha")).first).to_be_visible()
        expect(spent).to_have_count(len(ASKABLE), timeout=WAIT_MS)
        watched.settle()
        assert watched.of_address("k") == "5"
        assert watched.of_address("ask") == "Wer leitet das Lager in Gent?"
        page.get_by_text("Prompts", exact=True).click()
        page.wait_for_timeout(500)
        assert _serious(page, "/ask") == []

        engines = started.process.children(recursive=True)
        assert len(engines) == 1, "the same engine answered both"
        page.close()
    assert psutil.wait_procs(engines, timeout=20)[1] == []


def test_an_open_page_follows_a_growing_run(watch, written) -> None:
    growing = type(written)(written.root, name="growing", number=1, created=datetime(2024, 1, 1, tzinfo=UTC))
    wave = growing.waves[0]
    with growing.open() as run:
        growing.settings(run)
        growing.wave(run, wave)
        growing.shard(run, wave, 0)
        time.sleep(RUNS_LISTED_ANEW_S)
        page = watch().open(f"/accuracy?run={growing.folder.name}")
        sidebar = page.locator("[data-testid=stSidebar]")
        expect(page.get_by_text("12 of 24 questions on 12 facts")).to_be_visible()
        expect(sidebar.get_by_text("running")).to_be_visible()

        growing.shard(run, wave, 1)
    expect(page.get_by_text("24 of 24 questions on 24 facts")).to_be_visible(timeout=WAIT_MS)
    expect(sidebar.get_by_text("finished")).to_be_visible()
    shutil.rmtree(growing.folder)
