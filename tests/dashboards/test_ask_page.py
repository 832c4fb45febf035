"""The page Ask before, while and after an engine answers; the engine is a stand-in that speaks its protocol."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import engine
from pages_read import texts
from ragvsft.core.live import NOT_ASKED
from ragvsft.runs.manifest import AskingRecord, read_manifest, write_manifest

FAKE = Path(__file__).parent / "fake_engine.py"
Ask = Callable[..., AppTest]


@pytest.fixture
def ask_page(open_app, copied, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Opens the page on a run that can be asked, with an engine of one kind."""

    def opened(how: str = "answers", **address: str | list[str]) -> AppTest:
        monkeypatch.setattr(engine, "command", lambda *_: [sys.executable, str(FAKE), how])
        write_manifest(
            copied.folder, read_manifest(copied.folder).model_copy(update={"asking": AskingRecord(examples=())})
        )
        app = open_app(copied.root)
        app.switch_page("views/ask.py")
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    yield opened
    engine.stop_engine()


def press(app: AppTest) -> AppTest:
    next(button for button in app.button if button.label == "Ask").click().run()
    assert not app.exception
    return app


def test_the_arms_answer_side_by_side(ask_page: Ask) -> None:
    app = ask_page(ask="Who leads?")
    assert app.text_area(key="ask").value == "Who leads?"
    assert not app.code, "nothing is asked because of an address"

    press(app)
    said = [code.value.split(" says")[0] for code in app.code]
    assert said[:3] == ["closed_book", "rag", "hybrid_mixed"]
    told = texts(app)
    assert "could not answer" in told
    assert "the adapter is missing" in told
    assert "100 + 5 tokens · unpriced" in told
    assert "0.500 s, 0.250 of it searching" in told
    assert "by rag, hybrid_mixed" in told, "once, as both were shown the same"
    assert sum(text.value.startswith("**Depots**") for text in app.markdown) == 3
    assert "The engine runs" in told


def test_what_was_answered_stays_until_something_else_is_chosen(ask_page: Ask) -> None:
    app = press(ask_page(ask="Who leads?"))
    shown = [code.value for code in app.code]
    app.run()
    assert [code.value for code in app.code] == shown


def test_settings_of_the_address_are_asked_with(ask_page: Ask) -> None:
    app = press(ask_page(ask="Who?", arms="hybrid_mixed", k="5", adapter="reader"))
    told = texts(app)
    assert "hybrid · adapter reader of 2024-01-01, seed 0]" in told
    assert "k 5 · alpha 0.5" in told
    assert sum(text.value.startswith("**Depots**") for text in app.markdown) == 5
    assert app.code[0].value.startswith("hybrid_mixed says")


def test_a_training_seed_is_chosen_and_asked_with(ask_page: Ask) -> None:
    app = ask_page(ask="Who?", arms="hybrid_mixed", seed="1")
    assert app.selectbox(key="seed").options == ["0", "1"]
    assert "hybrid · adapter mixed of 2024-01-01, seed 1]" in texts(press(app))


@pytest.mark.parametrize(("setting", "value"), [("seed", "9"), ("adapter", "nosuch"), ("k", "7"), ("alpha", "0.3")])
def test_a_setting_of_the_address_that_is_not_offered_is_told(ask_page: Ask, setting: str, value: str) -> None:
    app = ask_page(ask="Who?", **{setting: value})
    assert [one.value for one in app.warning] == [f"The address asks for the {setting} “{value}”, which is not here."]
    assert app.selectbox(key=setting).value is None


def test_a_run_of_one_training_seed_has_none_to_choose(ask_page: Ask, copied) -> None:
    manifest = read_manifest(copied.folder)
    settings = manifest.configuration["lab"]
    assert isinstance(settings, dict)
    changed = {**manifest.configuration, "lab": {**settings, "training_seeds": [0]}}
    write_manifest(copied.folder, manifest.model_copy(update={"configuration": changed}))
    app = ask_page(ask="Who?", arms="hybrid_mixed")
    assert [box.key for box in app.selectbox if box.key in ("adapter", "seed", "k")] == ["adapter", "k"]
    assert "seed 0" in texts(press(app))


def test_the_page_says_which_arms_cannot_be_asked_and_why(ask_page: Ask) -> None:
    assert f"Not asked: oracle, as {NOT_ASKED['oracle']}." in texts(ask_page())


def test_an_empty_question_starts_nothing(ask_page: Ask) -> None:
    app = press(ask_page(ask="  "))
    assert [box.value for box in app.warning] == ["The question is empty."]
    assert "The first question starts an engine" in texts(app)


def test_an_engine_that_cannot_start_says_why(ask_page: Ask) -> None:
    app = press(ask_page("refuses", ask="Who?"))
    assert [box.value for box in app.error] == ["No Weaviate server answers."]
    assert "Start it." in texts(app)


def test_an_engine_that_ends_in_the_middle_is_told_and_started_anew(ask_page: Ask, monkeypatch) -> None:
    app = press(ask_page("breaks", ask="Who?"))
    assert app.code[0].value.startswith("closed_book says")
    assert "ended" in app.error[0].value
    monkeypatch.setattr(engine, "command", lambda *_: [sys.executable, str(FAKE), "answers"])
    press(app)
    assert not app.error
    assert len([code for code in app.code if " says" in code.value]) == 3


def test_an_engine_that_lost_its_store_is_not_asked_again(ask_page: Ask, monkeypatch) -> None:
    """It is about to end, but still runs when the page is drawn."""
    app = press(ask_page("loses", ask="Who?"))
    assert [box.value for box in app.error] == ["The store is gone."]
    assert "Start it." in texts(app)
    assert "Start it.." not in texts(app)
    assert texts(app).count("Not answered.") == 3
    assert "The first question starts an engine" in texts(app)
    monkeypatch.setattr(engine, "command", lambda *_: [sys.executable, str(FAKE), "answers"])
    press(app)
    assert not app.error
    assert len([code for code in app.code if " says" in code.value]) == 3


def test_the_engine_is_stopped_by_its_button(ask_page: Ask) -> None:
    app = press(ask_page(ask="Who?"))
    next(button for button in app.button if button.label == "Stop the engine").click().run()
    assert "The first question starts an engine" in texts(app)
    assert app.code, "what was answered stays"


def test_a_run_of_before_says_how_it_is_made_askable(open_app, written) -> None:
    app = open_app(written.root).switch_page("views/ask.py").run()
    assert "was made by a ragvsft whose runs could not be asked" in app.info[0].value


def test_a_run_that_goes_on_is_not_asked(open_app, new_run) -> None:
    with new_run.open() as run:
        new_run.settings(run)
        new_run.wave(run, new_run.waves[0])
        new_run.shard(run, new_run.waves[0], 0)
        app = open_app(new_run.root).switch_page("views/ask.py").run()
        assert "can be asked when it has finished" in app.info[0].value
