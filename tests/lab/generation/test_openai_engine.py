"""The engine for served models: what it sends, what it counts, and what each misbehaviour of a server comes to."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_server import Asked, ModelServer, Told, free_port, model_server, said, streamed, wrong
from ragvsft.config.experiment import Base
from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.core.values import Style
from ragvsft.lab.generation import server_requests
from ragvsft.lab.generation.chat_text import ChatText
from ragvsft.lab.generation.models import resolve_model
from ragvsft.lab.generation.openai_engine import OpenAIGenerator
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.prompts import Example, Messages, Prompt, PromptBuilder

KEY = "sk-very-secret-0123456789"
Engine = Callable[..., OpenAIGenerator]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def engine(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(server_requests, "FIRST_WAIT_S", 0.01)
    opened: list[OpenAIGenerator] = []

    def make(**more: object) -> OpenAIGenerator:
        fields = {"model": "m", "engine": "openai", "base_url": server.url, "retries": 3, "timeout_s": 5.0}
        opened.append(OpenAIGenerator(Base.model_validate(fields | more)))
        return opened[-1]

    yield make
    for generator in opened:
        generator.close()


def chats(generator: OpenAIGenerator, *questions: str) -> list[Prompt]:
    return [Prompt(text=generator.render_chat([("system", "Be brief."), ("user", q)])) for q in questions]


def completions(*texts: str) -> list[Prompt]:
    return [Prompt(text=text, stop=("\n",)) for text in texts]


def only(text: str, told: Callable[[Asked], Told]) -> Callable[[Asked], Told]:
    """Misbehave for one prompt; answer every other one."""
    return lambda asked: told(asked) if asked.text == text else said(asked, f"answer to {asked.text}")


def test_a_chat_goes_out_as_messages_and_a_completion_as_it_stands(server: ModelServer, engine: Engine) -> None:
    generator = engine()
    examples = (Example(question="Q0?", answer="A0"),)
    for style in (Style.FEW_SHOT_CHAT, Style.FEW_SHOT_COMPLETION):
        builder = PromptBuilder(
            style=style,
            instruction="Be brief.",
            examples=examples,
            render_chat=generator.render_chat,
            end_of_turn=generator.end_of_turn(),
        )
        generator.generate([builder.build("Who?")], max_new_tokens=7)
    chat, completion = server.asked
    assert chat.path == "/v1/chat/completions"
    assert chat.body == {
        "model": "m",
        "temperature": 0,
        "max_tokens": 7,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Question: Q0?"},
            {"role": "assistant", "content": "A0"},
            {"role": "user", "content": "Question: Who?"},
        ],
    }
    assert completion.path == "/v1/completions"
    assert completion.body == {
        "model": "m",
        "temperature": 0,
        "max_tokens": 7,
        "prompt": "Be brief.\n\nQuestion: Q0?\nAnswer: A0\n\nQuestion: Who?\nAnswer:",
        "stop": ["\n"],
    }
    assert chat.key == completion.key == ""


def test_answers_come_in_order_with_the_servers_own_counts(server: ModelServer, engine: Engine) -> None:
    generator = engine(concurrency=3)
    questions = [f"q{n}" for n in range(9)]

    def answer(asked: Asked) -> Told:
        late = 0.1 if asked.text in ("q0", "q4") else 0.03
        n = int(asked.text[1:])
        usage = {"prompt_tokens": 10 + n, "completion_tokens": n}
        return said(asked, f" about {asked.text}", usage=usage, after_s=late)

    server.answer = answer
    found = generator.generate(chats(generator, *questions), max_new_tokens=4)
    assert [one.answer for one in found] == [f"about {q}" for q in questions]
    assert [(one.prompt_tokens, one.output_tokens) for one in found] == [(10 + n, n) for n in range(9)]
    assert {one.stop_reason for one in found} == {"eos"}
    assert server.most_at_once == 3


def test_a_stop_string_that_the_server_left_in_is_cut_off(server: ModelServer, engine: Engine) -> None:
    server.answer = lambda asked: said(asked, " Paris\nQuestion: more", finish="length")
    (found,) = engine().generate(completions("Capital?"), max_new_tokens=9)
    assert (found.text, found.stop_reason) == (" Paris", "stop")
    server.answer = lambda asked: said(asked, " Par", finish="length")
    (found,) = engine().generate(completions("Capital?"), max_new_tokens=1)
    assert (found.text, found.stop_reason) == (" Par", "length")


def test_retry_after_is_honoured_by_every_request(server: ModelServer, engine: Engine) -> None:
    generator = engine(concurrency=2)
    generator.generate(chats(generator, "warm"), max_new_tokens=1)

    def answer(asked: Asked) -> Told:
        if asked.text == "a" and asked.n == 1:
            return wrong(429, "slow down", Retry_After="0.6")
        return said(asked, "yes", after_s=0.2)

    server.answer = answer
    server.asked.clear()
    found = generator.generate(chats(generator, "a", "b", "c", "d"), max_new_tokens=1)
    assert [one.answer for one in found] == ["yes"] * 4
    first, *_ = server.asked
    late = [asked for asked in server.asked if asked.at - first.at > 0.1]
    assert sorted(asked.text for asked in late) == ["a", "c", "d"]
    assert min(asked.at - first.at for asked in late) >= 0.55


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_server_that_asks_for_an_hour_is_not_waited_for(server: ModelServer, engine: Engine, form: str) -> None:
    asked_for = "3600" if form == "seconds" else formatdate(time.time() + 3600, usegmt=True)
    server.answer = lambda asked: wrong(429, "quota", Retry_After=asked_for)
    begin = time.monotonic()
    with pytest.raises(ServiceError, match=r"asks to wait for 3,(600|5\d\d) s") as caught:
        engine().generate(completions("a", "b"), max_new_tokens=1)
    assert time.monotonic() - begin < 3
    assert "same command" in (caught.value.hint or "")


def test_a_server_that_stays_busy_stops_the_run_and_fails_no_question(server: ModelServer, engine: Engine) -> None:
    server.answer = only("b", lambda asked: wrong(429, "slow down"))
    with pytest.raises(ServiceError, match="busy"):
        engine(retries=2).generate(completions("a", "b"), max_new_tokens=1)
    assert sum(asked.text == "b" for asked in server.asked) == 3


def test_an_error_that_passes_is_tried_again(server: ModelServer, engine: Engine) -> None:
    server.answer = lambda asked: wrong(500, "oops") if asked.n < 3 else said(asked, "yes")
    (found,) = engine().generate(completions("a"), max_new_tokens=1)
    assert found.answer == "yes"
    assert len(server.asked) == 3


FAULTS = {
    "500": (lambda asked: wrong(500, "out of luck"), "out of luck"),
    "no choices": (lambda asked: Told(body=b'{"choices": []}'), "no text"),
    "broken JSON": (lambda asked: Told(body=b'{"choices": [{"text": "ye'), "no text"),
    "cut off": (lambda asked: Told(body=b"x" * 1000, cut=True), "broke off"),
    "empty body": (lambda asked: Told(), "no text"),
    "hang": (lambda asked: Told(hang=True), "no answer within"),
    "400": (lambda asked: wrong(400, "strange prompt"), "strange prompt"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=FAULTS.keys())
def test_a_fault_of_one_prompt_fails_that_prompt_alone(server: ModelServer, engine: Engine, fault: str) -> None:
    told, words = FAULTS[fault]
    server.answer = only("b", told)
    found = engine(timeout_s=0.3, retries=2).generate(completions("a", "b", "c"), max_new_tokens=1)
    assert [one.answer for one in found] == ["answer to a", None, "answer to c"]
    assert words in (found[1].failure or "")
    assert all(one.failure is None for one in (found[0], found[2]))


@pytest.mark.parametrize("fault", FAULTS, ids=FAULTS.keys())
def test_a_fault_of_every_prompt_is_the_servers(server: ModelServer, engine: Engine, fault: str) -> None:
    told, words = FAULTS[fault]
    server.answer = told
    with pytest.raises(ServiceError, match=words):
        engine(timeout_s=0.3, retries=1).generate(completions("a", "b"), max_new_tokens=1)


def test_a_prompt_asked_alone_is_not_mistaken_for_the_server(server: ModelServer, engine: Engine) -> None:
    """As in the latency stage: nothing else shows that the server works, so it is asked something easy."""
    server.answer = only("b", lambda asked: wrong(500, "out of luck"))
    generator = engine(retries=1)
    (found,) = generator.generate(completions("b"), max_new_tokens=9)
    assert found.answer is None
    assert (server.asked[-1].text, server.asked[-1].body["max_tokens"]) == ("Hello", 1)


def test_an_answer_that_was_cut_off_once_is_fetched_again(server: ModelServer, engine: Engine) -> None:
    server.answer = lambda asked: said(asked, "whole", cut=asked.n == 1)
    (found,) = engine().generate(completions("a"), max_new_tokens=1)
    assert found.answer == "whole"


@pytest.mark.parametrize("text", ["", None])
def test_an_empty_text_is_an_answer(server: ModelServer, engine: Engine, text: str | None) -> None:
    server.answer = lambda asked: said(asked, text, usage={"prompt_tokens": 5, "completion_tokens": 1})
    (found,) = (generator := engine()).generate(chats(generator, "a"), max_new_tokens=1)
    assert (found.answer, found.failure, found.output_tokens) == ("", None, 1)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "told",
    [
        wrong(400, "The prompt has 900 tokens, and 512 are the most.", "context_length_exceeded"),
        wrong(400, "This model's maximum context length is 512 tokens. However, you requested 900 tokens"),
        wrong(413, "Payload too large"),
        Told(status=400, body=b'{"object": "error", "message": "the request exceeds the available context size"}'),
        Told(status=422, body=b'{"detail": "prompt is too long"}'),
    ],
)
def test_a_prompt_that_is_too_long_fails_at_once_and_uncut(server: ModelServer, engine: Engine, told: Told) -> None:
    server.answer = lambda _: told
    (found,) = engine().generate(completions("long " * 400), max_new_tokens=1)
    assert found.answer is None
    told_why = "context_length_exceeded: the prompt does not fit the model and was not cut"
    assert (found.failure or "").startswith(told_why)
    assert len(server.asked) == 1


def test_a_filtered_answer_is_a_failure(server: ModelServer, engine: Engine) -> None:
    server.answer = only("b", lambda asked: said(asked, "", finish="content_filter"))
    found = engine().generate(completions("a", "b"), max_new_tokens=1)
    assert [one.failure for one in found] == [None, "content_filter: the server withheld the answer"]


def test_a_server_that_wants_the_newer_name_of_the_limit_gets_it(server: ModelServer, engine: Engine) -> None:
    told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    server.answer = lambda asked: wrong(400, told) if "max_tokens" in asked.body else said(asked, "yes")
    generator = engine()
    found = generator.generate(chats(generator, "a", "b"), max_new_tokens=3)
    assert [one.answer for one in found] == ["yes", "yes"]
    assert server.asked[-1].body["max_completion_tokens"] == 3


def test_the_key_is_sent_and_never_shown(
    server: ModelServer, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    server.answer = lambda asked: said(asked, "yes")
    generator = engine(api_key_env="MY_KEY")
    generator.generate(completions("a"), max_new_tokens=1)
    assert server.asked[0].key == f"Bearer {KEY}"
    server.answer = lambda asked: wrong(401, f"Incorrect API key provided: {KEY}")
    with caplog.at_level("DEBUG"), pytest.raises(ServiceError, match="refuses the key") as caught:
        generator.generate(completions("a"), max_new_tokens=1)
    assert len(server.asked) == 2
    assert KEY not in caught.value.message + (caught.value.hint or "") + caplog.text
    server.answer = only("b", lambda asked: wrong(500, f"bad thing with {KEY}"))
    found = generator.generate(completions("a", "b"), max_new_tokens=1)
    assert "bad thing with ***" in (found[1].failure or "")


@pytest.mark.parametrize("value", [None, "", "  ", "line\nbreak"])
def test_a_key_that_is_none_is_refused_before_anything_is_sent(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(ServiceError, match="MY_KEY") as caught:
        engine(api_key_env="MY_KEY")
    assert "line" not in caught.value.message


def test_no_server_no_endpoint_and_no_adapter_are_told(server: ModelServer, engine: Engine) -> None:
    with pytest.raises(ServiceError, match="no server answers at http://127.0.0.1"):
        engine(base_url=f"http://127.0.0.1:{free_port()}/v1")
    generator = engine()
    with pytest.raises(UsageError, match="cannot be given the adapter knows"):
        generator.generate(completions("a"), max_new_tokens=1, adapter=Path("adapters/knows"))
    server.answer = lambda asked: wrong(404, "no such route")
    with pytest.raises(ServiceError, match="/completions does not serve m: no such route") as caught:
        generator.generate(completions("a"), max_new_tokens=1)
    assert "styles chat and few_shot_chat" in (caught.value.hint or "")


def test_a_request_is_ended_by_the_clock_and_not_by_silence(server: ModelServer, engine: Engine) -> None:
    """Three prompts that hang cost two time-outs, not six: they hang side by side."""
    server.answer = lambda asked: Told(hang=True) if asked.text != "ok" else said(asked, "yes")
    begin = time.monotonic()
    found = engine(timeout_s=0.5, retries=20).generate(completions("a", "b", "c", "ok"), max_new_tokens=1)
    assert [one.answer for one in found] == [None, None, None, "yes"]
    assert time.monotonic() - begin < 2.5


ROLES = st.sampled_from(["system", "user", "assistant"])
PIECES = st.lists(st.sampled_from(["a", "\n", "\n\n", "␞", "␞user\n", "\n\n␞assistant\n", " "]), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(ROLES, PIECES.map("".join)), min_size=1, max_size=4))
def test_a_chat_is_found_again_whatever_stands_in_it(chat: list[tuple[str, str]]) -> None:
    texts = ChatText()
    text = texts.render(chat)
    assert texts.messages(text) == chat
    assert all(content in text for _, content in chat)


def test_a_completion_is_no_chat() -> None:
    assert ChatText().messages("Question: who?\nAnswer:") is None


@pytest.mark.model
def test_the_server_of_transformers_answers_as_the_model_does_here(tmp_path: Path) -> None:
    """Chats and completions, text for text and token for token, by the bundled model."""
    from transformers.utils.import_utils import is_serve_available

    if not is_serve_available():
        pytest.skip("transformers serve needs fastapi, openai and uvicorn: pip install 'ragvsft[dev]'")
    model = resolve_model("bundled/smollm2-135m-instruct", "causal")
    port = free_port()
    command = "import sys; from transformers.cli.transformers import main; sys.exit(main())"
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "HF_HUB_OFFLINE": "1"}
    with (
        (tmp_path / "serve.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-c", command, "serve", str(model.folder), *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        ) as process,
    ):
        try:
            base = Base(model=str(model.folder), engine="openai", base_url=f"http://127.0.0.1:{port}/v1", concurrency=2)
            generator = opened(base, process, within_s=180.0)
            served = generator.generate(mixed(generator.render_chat), max_new_tokens=12)
            generator.close()
        finally:
            process.kill()
    assert [one.failure for one in served] == [None] * 4, (tmp_path / "serve.log").read_text()
    here = TransformersGenerator(model, Base(model=model.name, dtype="float32", device="cpu", threads=2))
    local = here.generate(mixed(here.render_chat), max_new_tokens=12)
    assert [one.text for one in served] == [one.text for one in local]
    assert [one.prompt_tokens for one in served] == [one.prompt_tokens for one in local]
    assert [one.output_tokens for one in served[:2]] == [one.output_tokens for one in local[:2]]
    assert "Paris" in served[0].text


def mixed(render_chat: Callable[[Messages], str]) -> list[Prompt]:
    """Two chats and two completions."""
    asked = ("Question: What is the capital of France?", "Question: How many legs has a spider?")
    chat = [Prompt(text=render_chat([("system", "Answer with a short phrase."), ("user", q)])) for q in asked]
    shown = "Question: What is the capital of Spain?\nAnswer: Madrid\n\n"
    return [*chat, *(Prompt(text=f"{shown}{q}\nAnswer:", stop=("\n",)) for q in asked)]


def opened(base: Base, process: "subprocess.Popen[bytes]", within_s: float) -> OpenAIGenerator:
    """The engine, as soon as its server answers."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            return OpenAIGenerator(base)
        except ServiceError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not come up"
            time.sleep(0.5)


@pytest.mark.parametrize("style", ["chat", "completion"])
def test_an_answer_is_told_as_it_arrives_and_is_the_same(server: ModelServer, engine: Engine, style: str) -> None:
    def answer(asked: Asked) -> Told:
        pieces = ("A gr", "een lamp", "\nQuestion: more")
        return streamed(asked, *pieces) if asked.body.get("stream") else said(asked, "".join(pieces))

    server.answer = answer
    generator = engine()
    prompts = chats(generator, "Which lamp?") if style == "chat" else completions("Question: Which lamp?\nAnswer:")
    seen: list[str] = []
    (told,) = generator.generate(prompts, max_new_tokens=9, told=lambda _, text: seen.append(text))
    (silent,) = generator.generate(prompts, max_new_tokens=9)
    assert told.text == silent.text
    assert (told.stop_reason, told.prompt_tokens, told.output_tokens) == (silent.stop_reason, 7, 3)
    assert list(dict.fromkeys(seen))[:2] == ["A gr", "A green lamp"]
    assert all(told.text.startswith(text) for text in seen)


@pytest.mark.parametrize("how", ["breaks off", "is refused", "is no stream"])
def test_a_stream_that_fails_is_asked_for_in_one_piece(server: ModelServer, engine: Engine, how: str) -> None:
    def answer(asked: Asked) -> Told:
        if not asked.body.get("stream"):
            return said(asked, "a lamp")
        match how:
            case "breaks off":
                return streamed(asked, "a la", finish=None)
            case "is refused":
                return wrong(400, "stream is not supported")
            case _:
                return Told(body=b"data: {oops\n\n")

    server.answer = answer
    (told,) = engine().generate(completions("Which?"), max_new_tokens=9, told=lambda *_: None)
    assert (told.text, told.failure) == ("a lamp", None)
