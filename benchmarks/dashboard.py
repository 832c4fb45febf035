"""How quick the dashboard is on a large run, in a real Chromium: first paint, a filter, an example, a decision anew.

    python benchmarks/dashboard.py --questions 10000

Writes a run of three waves and six arms into a temporary folder (or takes the one in --runs), starts
`ragvsft dashboard` on it, and measures as a reader would wait: from the click to the changed page. The first visit
judges the run; what it came to is kept, and the visits after it are measured in a fresh process.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generated_run import write_run
from playwright.sync_api import Page, expect, sync_playwright

WAIT_MS = 300_000
GOALS_S = {"first paint": 2.0, "filter": 0.5, "search": 0.5, "example": 0.3, "decision anew": 0.3}


def main() -> None:
    """Measure and print a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--runs", type=Path, help="a folder with one run, in place of a generated one")
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        runs = options.runs or Path(temporary) / "runs"
        if options.runs is None:
            print(f"writing {options.questions:,} questions", file=sys.stderr)
            write_run(runs, options.questions)
        os.environ.setdefault("RAGVSFT_CACHE", str(Path(temporary) / "cache"))
        found = _measured(runs, options.repeat)
    goals = {name: goal for name, goal in GOALS_S.items() if name in found}
    print(json.dumps({"seconds": found, "goals": goals, "load": os.getloadavg()[0]}, indent=1))


def _measured(runs: Path, repeat: int) -> dict[str, float]:
    found = _Told()
    with sync_playwright() as playwright:
        path = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        with _dashboard(runs) as url:
            page = browser.new_page()
            found["first visit of all: the run is judged"] = _open(page, f"{url}/")
            page.close()
        with _dashboard(runs) as url:
            page = browser.new_page()
            found["first visit of a new process"] = _open(page, f"{url}/")
            found["first paint"] = _median(_open(page, f"{url}/") for _ in range(repeat))
            for name in ("accuracy", "freshness", "cost", "lab"):
                _open(page, f"{url}/{name}")
                found[f"first paint of {name}"] = _median(_open(page, f"{url}/{name}") for _ in range(repeat))
            found["first visit of examples"] = _open(page, f"{url}/examples")
            found |= _on_examples(page, repeat)
            _open(page, f"{url}/")
            found["first decision anew"] = _slide(page)
            found["decision anew"] = _median(_slide(page) for _ in range(repeat))
        browser.close()
    return {name: round(seconds, 3) for name, seconds in found.items()}


class _Told(dict[str, float]):
    """Readings that are told as they come."""

    def __setitem__(self, name: str, seconds: float) -> None:
        print(f"{name}: {seconds:.3f} s", file=sys.stderr)
        super().__setitem__(name, seconds)


def _on_examples(page: Page, repeat: int) -> dict[str, float]:
    label = page.get_by_text(re.compile(r"^Question [\d,]+ of")).first

    def changed(act: str) -> float:
        before = label.inner_text()
        began = time.monotonic()
        if act == "example":
            page.get_by_role("button", name="Next").click()
        else:
            page.get_by_label("Search").press_sequentially("1")
        expect(label).not_to_have_text(before, timeout=WAIT_MS)
        seconds = time.monotonic() - began
        _settle(page)
        return seconds

    found = {"example": _median(changed("example") for _ in range(repeat))}
    times = []
    for show in ("arms disagree", "stale", "none right", "failed", "all right")[:repeat]:
        before = label.inner_text()
        page.locator(".st-key-show input").click()
        began = time.monotonic()
        page.get_by_role("option", name=show, exact=True).click()
        expect(label).not_to_have_text(before, timeout=WAIT_MS)
        times.append(time.monotonic() - began)
        _settle(page)
    return found | {"filter": _median(times), "search": changed("search")}


def _slide(page: Page) -> float:
    weights = page.get_by_text("Weights as applied").first
    before = weights.inner_text()
    slider = page.get_by_role("slider", name="Accuracy")
    began = time.monotonic()
    slider.press("ArrowLeft")
    expect(weights).not_to_have_text(before, timeout=WAIT_MS)
    seconds = time.monotonic() - began
    _settle(page)
    return seconds


def _open(page: Page, url: str) -> float:
    """Seconds until the title and the first chart or field stand, and nothing is a skeleton."""
    began = time.monotonic()
    page.goto(url, timeout=WAIT_MS)
    expect(page.locator("[data-testid=stMain] h1")).to_be_visible(timeout=WAIT_MS)
    _settle(page)
    return time.monotonic() - began


def _settle(page: Page) -> None:
    running = page.locator("[data-testid=stApp][data-test-script-state=running]")
    expect(running).to_have_count(0, timeout=WAIT_MS)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=WAIT_MS)


def _median(seconds: Iterator[float] | list[float]) -> float:
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2]


@contextmanager
def _dashboard(runs: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "ragvsft", "dashboard", str(runs), "--port", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                    break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


if __name__ == "__main__":
    main()
