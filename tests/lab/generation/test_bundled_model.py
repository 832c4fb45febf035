"""The bundled language model: converted once, with the published tokenizer, and able to answer."""

import json
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ragvsft.core.hashing import file_hash
from ragvsft.lab.generation import gguf_conversion
from ragvsft.lab.generation.models import ResolvedModel, resolve_model
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.prompts import Prompt

pytestmark = pytest.mark.model

NAME = "bundled/smollm2-135m-instruct"
WEIGHTS = "a672150fb4f99d7c8f4168cecdd464069c0ef3a37d8113f22ddb9d48031d03cd"
"""Of the de-quantised weights: a new version of a library that changes them changes every result."""
CONVERT = """
    import json, sys
    from pathlib import Path
    from ragvsft.lab.generation import gguf_conversion, models
    made = []
    convert = gguf_conversion._convert
    gguf_conversion._convert = lambda *given: made.append(1) or convert(*given)
    model = models.resolve_model(sys.argv[1], "causal", cache=Path(sys.argv[2]))
    print(json.dumps({"folder": str(model.folder), "weights": model.weights_sha256, "conversions": len(made)}))
"""


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> ResolvedModel:
    """Converted by two processes at once, into an empty cache."""
    cache = tmp_path_factory.mktemp("model-cache")
    command = [sys.executable, "-c", textwrap.dedent(CONVERT), NAME, str(cache)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    found = []
    for process in running:
        out, err = process.communicate(timeout=500)
        assert process.returncode == 0, err
        assert err == ""
        found.append(json.loads(out))
    assert sorted(one["conversions"] for one in found) == [0, 1]
    assert found[0]["folder"] == found[1]["folder"]
    assert {one["weights"] for one in found} == {WEIGHTS}
    begin = time.perf_counter()
    model = resolve_model(NAME, "causal", cache=cache)
    assert time.perf_counter() - begin < 8
    assert {path.suffix for path in (cache / "models").iterdir() if path != model.folder} == {".lock"}
    return model


@pytest.fixture(scope="module")
def engine(
    bundled: ResolvedModel, open_float32: Callable[[ResolvedModel], TransformersGenerator]
) -> TransformersGenerator:
    return open_float32(bundled)


def test_the_folder_is_an_ordinary_model(bundled: ResolvedModel) -> None:
    assert bundled.weights_sha256 == file_hash(bundled.folder / "model.safetensors") == WEIGHTS
    config = json.loads((bundled.folder / "config.json").read_text())
    assert "quantization_config" not in config
    assert config["dtype"] == "float32"
    assert bundled.revision == "gguf-b179c9523d0e"


def test_the_tokenizer_is_byte_for_byte_the_published_one(bundled: ResolvedModel) -> None:
    published = "9ca9acddb6525a194ec8ac7a87f24fbba7232a9a15ffa1af0c1224fcd888e47c"
    assert file_hash(bundled.folder / "tokenizer.json") == published


def test_the_tokenizer_works_as_the_model_knows_it(bundled: ResolvedModel) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(bundled.folder)
    # Numbers are cut into digits, which a conversion by the GGUF's own settings leaves out.
    assert tokenizer.tokenize("In 1984, 3.14") == ["In", "Ġ", "1", "9", "8", "4", ",", "Ġ", "3", ".", "1", "4"]
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token) == ("<|im_start|>",) + ("<|im_end|>",) * 2
    assert tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]) == [0, 1, 2]
    chat = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
    assert tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) == (
        "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n"
    )


def test_every_text_comes_back(engine: TransformersGenerator) -> None:
    texts = [
        "The quick brown fox, it's 12:30!  Two spaces.",
        " leading and trailing ",
        "tabs\tand\nnew\r\nlines\n\n\n",
        "Ångström façade naïve œuvre ß İstanbul",
        "你好，世界。こんにちは 안녕하세요",
        "Привет, мир · שלום · مرحبا · हिन्दी",
        "👩‍🚀🏳️‍🌈 zero\u200bwidth \u00a0nbsp",
        "x²+y³=∑ 1,234,567.89 ½ Ⅷ ٣",
        "def f(x):\n    return x ** 2  # ok",
        "<|im_start|>user\nhi<|im_end|>",
        "".join(chr(c) for c in range(32, 127)),
    ]
    tokenizer = engine._tokenizer
    for text, ids in zip(texts, engine.encode(texts), strict=True):
        assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text
    assert engine.count_tokens(["1234567", "<|im_start|>", " Paris"]) == [7, 1, 1]


def test_it_answers(engine: TransformersGenerator) -> None:
    prompts = [
        Prompt(text="The capital of France is", stop=(".", "\n")),
        Prompt(text=engine.render_chat([("user", "What is the capital of France?")])),
        Prompt(text="Q: How many days has a week?\nA: seven\n\nQ: How many months has a year?\nA:", stop=("\n",)),
    ]
    completed, chatted, counted = engine.generate(prompts, max_new_tokens=16)
    assert (completed.text, completed.stop_reason, completed.prompt_tokens) == (" Paris", "stop", 5)
    assert (chatted.text, chatted.stop_reason) == ("The capital of France is Paris.", "eos")
    assert chatted.output_tokens == engine.count_tokens([chatted.text])[0] + 1
    # A space, two digits and the end of the line are four tokens.
    assert (counted.text, counted.stop_reason, counted.output_tokens) == (" 12", "stop", 4)


def test_a_damaged_conversion_is_made_anew(
    bundled: ResolvedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only noticing it is looked at here; converting was, above."""
    source = resolve_model(NAME, "causal", cache=bundled.folder.parent.parent)
    copied = tmp_path / "models" / source.folder.name
    shutil.copytree(source.folder, copied)
    asked: list[Path] = []

    def convert(_: Path, target: Path, *__: str) -> str:
        asked.append(target)
        return "anew"

    monkeypatch.setattr(gguf_conversion, "_convert", convert)
    assert resolve_model(NAME, "causal", cache=tmp_path).weights_sha256 == WEIGHTS
    assert asked == []
    with (copied / "model.safetensors").open("r+b") as file:
        file.seek(300_000_000)
        file.write(b"\xff")
    assert resolve_model(NAME, "causal", cache=tmp_path).weights_sha256 == "anew"
    (copied / gguf_conversion.MANIFEST).unlink()
    resolve_model(NAME, "causal", cache=tmp_path)
    assert asked == [copied, copied]
