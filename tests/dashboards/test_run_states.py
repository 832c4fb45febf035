"""Runs that are missing, unreadable, at work, broken off or growing: the page says so, and never a traceback."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pages_read import texts


def newer_manifest(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"schema_version": 99}))


def edited_manifest(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["configuration"]["lab"]["waves"] = ["soon"]
    (folder / "manifest.json").write_text(json.dumps(manifest))


def cut_database(folder: Path) -> None:
    data = (folder / "run.db").read_bytes()
    (folder / "run.db").write_bytes(data[: len(data) // 2])


def scribbled_database(folder: Path) -> None:
    """The first page is whole, so that it opens; what follows is not."""
    data = bytearray((folder / "run.db").read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    (folder / "run.db").write_bytes(bytes(data))


def without(name: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        (folder / name).unlink()

    return remove


SPOILT = {
    "newer manifest": (newer_manifest, "schema version 99"),
    "newer database": (lambda folder: sql(folder, "PRAGMA user_version = 99"), "99"),
    "no manifest": (without("manifest.json"), "has no manifest.json"),
    "no database": (without("run.db"), "is missing"),
    "cut database": (cut_database, "is damaged"),
    "scribbled database": (scribbled_database, "is damaged"),
    "edited manifest": (edited_manifest, "not as ragvsft writes them"),
}


def sql(folder: Path, statement: str, *values: object) -> None:
    """Change a run's database behind the back of its one writer."""
    connection = sqlite3.connect(folder / "run.db")
    with connection:
        connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize("root_exists", [True, False])
def test_no_run_tells_how_to_make_one(open_app, tmp_path: Path, root_exists: bool) -> None:
    root = tmp_path / "runs"
    if root_exists:
        root.mkdir()
        (root / "notes").mkdir()

    app = open_app(root)

    assert app.title[0].value == "No run yet"
    assert [code.value for code in app.code] == [str(root), "ragvsft run experiments/demo.yaml"]
    assert not app.exception


@pytest.mark.parametrize("name", SPOILT)
def test_a_run_that_cannot_be_read_says_why(open_app, copied, name: str) -> None:
    spoil, told = SPOILT[name]
    spoil(copied.folder)

    app = open_app(copied.root)

    assert app.title[0].value == "This run cannot be read"
    assert told in app.error[0].value.replace("\\", "")
    assert not app.exception
    app.switch_page("views/examples.py").run()
    assert app.title[0].value == "This run cannot be read"
    assert not app.exception


def test_a_spoilt_run_does_not_hide_a_good_one(open_app, copied) -> None:
    bad = type(copied)(copied.root, name="other", number=1)
    bad.write(waves=())
    (bad.folder / "run.db").unlink()

    app = open_app(copied.root)

    assert app.selectbox(key="run").options == [copied.folder.name, bad.folder.name]
    assert app.title[0].value == "Which arm should you choose?"
    app.selectbox(key="run").select(bad.folder.name).run()
    assert app.title[0].value == "This run cannot be read"
    app.selectbox(key="run").select(copied.folder.name).run()
    assert app.title[0].value == "Which arm should you choose?"


def test_a_run_that_goes_away_under_an_open_page_is_told(open_app, copied) -> None:
    app = open_app(copied.root)
    (copied.folder / "run.db").unlink()

    app.run()

    assert app.title[0].value == "This run cannot be read"
    assert not app.exception


@pytest.mark.parametrize("page", ["decision", "accuracy", "freshness", "cost", "examples", "lab", "ask"])
def test_a_run_without_an_answer_waits(open_app, new_run, page: str) -> None:
    with new_run.open() as run:
        new_run.settings(run)
        new_run.wave(run, new_run.waves[0])

        app = open_app(new_run.root).switch_page(f"views/{page}.py").run()

    waits = {"lab": "No arm has searched yet", "cost": "Nothing is priced", "ask": "This run is going on"}
    assert waits.get(page, "Nothing was answered yet") in texts(app)
    assert not app.exception


def test_arms_that_share_no_question_yet_are_no_error(open_app, new_run) -> None:
    wave = new_run.waves[0]
    with new_run.open() as run:
        new_run.settings(run)
        new_run.wave(run, wave)
        new_run.shard(run, wave, 0, arms=["closed_book"])
        new_run.shard(run, wave, 1, arms=["rag"])

        app = open_app(new_run.root)
        assert not app.exception
        assert any("No question was answered by every arm yet" in text.value for text in app.markdown)
        app.switch_page("views/examples.py").run()
        assert app.selectbox(key="picked").label == "Question 1 of 24"


def test_a_running_run_is_followed_as_it_grows(open_app, new_run, monkeypatch: pytest.MonkeyPatch) -> None:
    import last_read

    monkeypatch.setattr(last_read, "WAIT_S", 0.0)
    monkeypatch.setattr(last_read, "WAIT_TIMES", 0.0)
    wave = new_run.waves[0]
    with new_run.open() as run:
        new_run.settings(run)
        new_run.wave(run, wave)
        new_run.shard(run, wave, 0)
        run.set_progress("ask", 63, 126)

        app = open_app(new_run.root)
        assert any("running" in text.value and "ask" in text.value for text in app.sidebar.markdown)
        assert app.get("progress")[0].value == 50
        assert app.caption[0].value.startswith("12 of 24 questions")
        assert "So far, on 12 of 24 questions" in app.info[0].value

        new_run.shard(run, wave, 1)
        app.run()
        assert app.caption[0].value.startswith("24 of 24 questions")
        assert not app.exception

    app.run()
    assert any("finished" in text.value for text in app.sidebar.markdown)


def test_a_growing_run_is_not_read_again_at_every_click(open_app, new_run, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = new_run.waves[0]
    with new_run.open() as run:
        new_run.settings(run)
        new_run.wave(run, wave)
        new_run.shard(run, wave, 0)
        app = open_app(new_run.root)
        new_run.shard(run, wave, 1)
        app.run()
        assert app.caption[0].value.startswith("12 of 24 questions")
    app.run()
    assert app.caption[0].value.startswith("24 of 24 questions")


class Broken(Exception):
    """What a lab may stop with."""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyboardInterrupt(), "This run was interrupted"),
        (Broken("no <b>disk</b> ![x](http://evil.example)"), "This run failed: no &lt;b&gt;disk&lt;/b&gt;"),
    ],
)
def test_a_run_that_broke_off_says_so_above_its_numbers(open_app, new_run, error: BaseException, told: str) -> None:
    with pytest.raises(type(error)), new_run.open() as run:  # noqa: PT012
        new_run.settings(run)
        new_run.wave(run, new_run.waves[0])
        new_run.shard(run, new_run.waves[0], 0)
        raise error

    app = open_app(new_run.root)

    assert told in (*app.warning, *app.error)[0].value
    assert "![x](http" not in (*app.warning, *app.error)[0].value
    assert app.get("vega_lite_chart")
    assert "the same command goes on" in (*app.warning, *app.error)[0].value


def test_a_silent_lab_is_stalled(open_app, copied) -> None:
    long_ago = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    sql(copied.folder, "UPDATE progress SET state = 'running', host = 'elsewhere', heartbeat_at = ?", long_ago)

    app = open_app(copied.root)

    assert "nothing was heard of it since" in app.warning[0].value
    assert any("stalled" in text.value for text in app.sidebar.markdown)
    assert app.get("vega_lite_chart")
