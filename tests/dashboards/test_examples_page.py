"""The page of examples: one question with every arm's answer, opened by list, button, filter or address."""

import pytest
from streamlit.testing.v1 import AppTest

from examples_file import rows_of
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.runs.reading import open_run
from ragvsft.verdict.verdict import Verdict

EXAMPLES = "views/examples.py"


@pytest.fixture
def examples(open_app, written):
    def opened(wave: str = "2025-01-01", **address: str | list[str]) -> AppTest:
        app = open_app(written.root, wave=wave)
        app.switch_page(EXAMPLES)
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return opened


def codes(app: AppTest) -> list[str]:
    return [code.value for code in app.code]


def marks(app: AppTest) -> list[str]:
    """The words of the badges beside the answers."""
    readings = [text.value for text in app.markdown if ":small[exact match" in text.value]
    return [reading.split("]")[0].split(": ")[1] for reading in readings]


def test_all_arms_answer_side_by_side_in_their_order(examples) -> None:
    app = examples(question="q00")

    assert [text.value for text in app.text][:3] == ["What does item 0 cost?", "20 euros", "0 euros\n10 euros"]
    names = [text.value.split("**")[1].replace("\\", "") for text in app.markdown if text.value.startswith("**")]
    assert names[:7] == ["closed_book", "rag", "fine_tuned", "hybrid_naive", "hybrid_mixed", "hybrid_reader", "oracle"]
    # The two seeds of an adapter stand apart where they differ, and together where they say the same.
    assert codes(app)[:9] == [
        "0 euros",
        "It is 1 euros",
        "3 euros",
        "0 euros",
        "0 euros, now 20 euros",
        "I don't know",
        "20 euros",
        "20 euros",
        "20 euros",
    ]
    assert marks(app) == [
        "stale",
        "wrong",
        "wrong",
        "stale",
        "old and new",
        "abstained",
        "right",
        "right",
        "right",
    ]


def test_passages_are_marked_where_they_state_the_answer(examples) -> None:
    found, missed, unkept, late = (examples(question=one) for one in ("q01", "q04", "q08", "q09"))

    told = [text.value.replace("\u2060", "") for text in found.markdown]
    assert "Item 1 costs :green-background[**1 euros.**]" in told
    assert any(":material/check: gold" in text.value and "similarity 1.000" in text.value for text in found.markdown)
    assert any("gold" in text.value and "not found" in text.value for text in missed.markdown)
    assert any("1 more that no arm saw" in text.value for text in unkept.caption)
    assert any("rag 3, hybrid_naive 3, hybrid_mixed 3, hybrid_reader 2" in text.value for text in found.markdown)
    # At rank 3 it is beyond what an arm with k = 2 shows its model.
    assert any("seen by rag, hybrid_naive, hybrid_mixed, hybrid_reader]" in text.value for text in found.markdown)
    assert any("seen by rag, hybrid_naive, hybrid_mixed]" in text.value for text in late.markdown)


def test_a_failure_and_a_question_without_an_answer_are_told(examples) -> None:
    failed, removed, never = (examples(question=one) for one in ("q05", "q20", "q21"))

    assert codes(failed)[1].startswith("out of memory <script>")
    assert marks(failed)[1] == "failed"
    assert any("the answer was removed" in text.value for text in removed.markdown)
    assert any("no document says" in text.value for text in never.markdown)
    assert marks(never)[1] == "right"


def test_a_long_answer_is_cut_and_told(examples) -> None:
    app = examples(question="q01")

    assert max(len(code) for code in codes(app)) == 4_000
    assert any("The first 4,000 of 200,000 characters." in text.value for text in app.caption)


def test_buttons_go_through_the_questions_that_are_found(examples) -> None:
    # Item 14 and 16 are found by what an arm said of them.
    app = examples(search="17 EUROS")
    assert app.selectbox(key="picked").value == "q14"
    assert app.button(key="previous").disabled

    app.button(key="next").click().run()
    assert app.selectbox(key="picked").value == "q16"
    assert app.query_params["question"] == "q16"

    app.button(key="previous").click().run()
    assert app.selectbox(key="picked").value == "q14"
    app.selectbox(key="picked").select("q17").run()
    assert app.button(key="next").disabled
    assert app.query_params["question"] == "q17"


def test_an_address_opens_its_question_and_filters(examples) -> None:
    app = examples(question="q12", search="ITEM cost", show="stale")

    assert app.selectbox(key="picked").value == "q12"
    assert app.text_input(key="search").value == "ITEM cost"
    assert app.selectbox(key="show").value == "stale"

    # Going back in the browser changes the address behind an open page.
    app.query_params["question"] = "q09"
    app.run()
    assert app.selectbox(key="picked").value == "q09"


def test_an_unknown_question_is_told_and_the_first_one_shown(examples) -> None:
    app = examples(question="![x](http://evil.example)", show="nonsense")

    assert "\\!\\[x\\](http" in app.warning[0].value
    assert app.selectbox(key="picked").value == "q00"
    assert app.selectbox(key="show").value == "all"
    assert not app.exception


def test_nothing_found_is_said(examples) -> None:
    app = examples(search="no such words")

    assert [box.value for box in app.info] == ["None of the 24 questions passes these filters."]


@pytest.mark.parametrize("arm", ["rag", "hybrid_reader", "oracle"])
def test_the_filter_by_right_counts_as_the_verdict_does(examples, verdict: Verdict, arm: str) -> None:
    app = examples(right=arm)
    read = verdict.waves[-1].arm(arm)

    assert read is not None
    seeds = read.n // 24
    n_right = (read.outcomes[OutcomeKind.CURRENT] + read.n_unanswerable_abstained) // seeds
    assert app.selectbox(key="picked").label == f"Question 1 of {n_right}"


def test_filters_tell_arms_apart(examples) -> None:
    app = examples(right=["rag"], not_right=["hybrid_reader"])

    # Even items from 6 on where the search of RAG is not led astray.
    assert [one.split(" item ")[1] for one in app.selectbox(key="picked").options] == [
        f"{n} cost?" for n in (6, 10, 14, 18)
    ]


def test_an_earlier_wave_has_its_own_answers(examples) -> None:
    app = examples(question="q03", wave="2024-01-01")

    assert [text.value for text in app.text][:2] == ["What does item 3 cost?", "3 euros"]
    assert not any("Right before" in text.value for text in app.caption)


def test_answers_are_told_word_by_word_against_the_right_one_or_another_arm(examples) -> None:
    told = [text.value.replace("\u2060", "") for text in examples(question="q00", against="the right answer").markdown]
    assert ":red-background[− 20] :green-background[+ It is 1] euros" in told

    app = examples(question="q00", against="rag")
    told = [text.value.replace("\u2060", "") for text in app.markdown]
    assert ":red-background[− It is 1] :green-background[+ 0] euros" in told
    assert app.selectbox(key="against").value == "rag"


def test_a_button_tells_answers_against_the_right_one_and_back(examples) -> None:
    app = examples(question="q00")
    assert app.button(key="turn").label == "Against the right answer"
    app.button(key="turn").click().run()
    assert app.selectbox(key="against").value == "the right answer"
    assert app.button(key="turn").label == "As they are"
    app.button(key="turn").click().run()
    assert app.selectbox(key="against").value is None


def test_an_answer_tells_its_tokens_and_what_its_arm_takes(examples, verdict: Verdict) -> None:
    told = "\n".join(text.value for text in examples(question="q00").markdown)

    assert f"60 + 6 tokens · {figures.seconds(verdict.costs['closed_book'].question_s)} s a question" in told


def test_the_file_of_examples_holds_what_the_filters_leave(verdict: Verdict) -> None:
    wave = verdict.waves[-1].wave
    with open_run(verdict.folder) as run:
        questions = [one for one in run.questions(wave) if one.question_id in ("q05", "q02")]

    rows = rows_of(verdict, wave, questions)

    assert {row["question id"] for row in rows} == {"q05", "q02"}
    assert len(rows) == 2 * (3 + 4 * 2)
    failed = next(row for row in rows if row["question id"] == "q05" and row["arm"] == "rag")
    assert (failed["kind"], failed["answer"], failed["exact_match"]) == ("failed", None, 0.0)
