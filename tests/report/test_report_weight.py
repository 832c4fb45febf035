"""The one-file report of 1,000 questions weighs less than 10 MB, whatever the run says."""

import re

import pytest
from generated_run import write_run
from report_weight import long

from ragvsft.report import html
from ragvsft.verdict.examples import Example
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict

N_QUESTIONS = 40
LIMIT_BYTES = 10_000_000
EXAMPLE = re.compile(r'<details class="example">.*?</details>', re.DOTALL)


@pytest.fixture(scope="module")
def wordy(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """Six arms, three waves, and every text longer than the page shows of one."""
    return read_verdict(write_run(tmp_path_factory.mktemp("wordy"), N_QUESTIONS, wording=long))


def test_what_grows_with_the_questions_leaves_room_for_a_thousand(wordy: Verdict) -> None:
    page = html.report_html(wordy)
    weights = [len(one.encode()) for one in EXAMPLE.findall(page)]
    assert len(weights) == N_QUESTIONS
    assert sum(weights) > 3_000 * N_QUESTIONS, "these texts are long"
    assert len(page.encode()) - sum(weights) + html.MOST_EXAMPLES * max(weights) < LIMIT_BYTES


def test_examples_that_weigh_too_much_are_left_out_and_told(wordy: Verdict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_BYTES", 20_000)
    page = html.report_html(wordy)
    found = EXAMPLE.findall(page)
    assert 15_000 < sum(len(one.encode()) for one in found) <= 20_000
    assert f"The first {len(found)} of {N_QUESTIONS} questions at " in page


def test_hundreds_of_accepted_answers_are_counted_not_listed() -> None:
    answers = tuple(f"{n} euros" for n in range(300))
    told = html._example(Example(question_id="q", question="?", answers=answers, stale_answers=answers, said=()))
    assert told.count("<bdi>19 euros</bdi>, and 280 more</p>") == 2
    assert "20 euros" not in told
