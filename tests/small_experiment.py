"""A small experiment for fault tests: a tiny random model, a few pages of the demo handbook, every kind of arm."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORDS = "the a of is at in depot site handbook question answer know do not for and who what when how"

EXPERIMENT = """\
name: small
dataset: {dataset}
split: {{tested_facts: 12, training_only_facts: 10, test_questions_per_fact: 1, seed: 3}}
lab:
  base: {{model: {model}, max_new_tokens: 6, dtype: float32, threads: 2}}
  waves: [2024-01-01]
  store: {store}
  latency_requests: 1
  shard_questions: 5
  search: {{tries: 2, questions: 4, styles: [chat, completion], k: [1, 2], alpha: [0.5, 1.0]}}
  indexes:
    pages: {{file: {index}}}
  adapters:
    knows:  {{recipe: closed_book, epochs: 3, batch_size: 4, rank: 4, dev_questions: 4, dev_checks: 2}}
    reader: {{recipe: raft, facts: disjoint, epochs: 2, batch_size: 4, rank: 4, context_rows: 8, dev_questions: 4}}
  arms:
    closed_book: {{kind: closed_book}}
    rag: {{kind: rag, index: pages, k: 2}}
    fine_tuned: {{kind: fine_tuned, adapter: knows}}
    hybrid: {{kind: hybrid, adapter: reader, index: pages, k: 2}}
    oracle: {{kind: oracle, index: pages}}
"""


POLICIES = """\
name: policies
dataset: {dataset}
split: {{tested_facts: 60, training_only_facts: 10, test_questions_per_fact: 1, seed: 3}}
lab:
  base: {{model: {model}, max_new_tokens: 6, dtype: float32, threads: 2}}
  waves: [2024-01-01, 2024-07-01]
  store: {store}
  latency_requests: 0
  shard_questions: 30
  indexes:
    newest: {{file: {index}, policy: replace}}
    all:    {{file: {index}, policy: keep_all}}
    timed:  {{file: {index}, policy: time_filter}}
  adapters:
    once:  {{recipe: closed_book, policy: never,      epochs: 2, batch_size: 8, rank: 4, dev_questions: 2}}
    anew:  {{recipe: closed_book, policy: every_wave, epochs: 2, batch_size: 8, rank: 4, dev_questions: 2}}
    on:    {{recipe: closed_book, policy: continue,   epochs: 2, batch_size: 8, rank: 4, dev_questions: 2}}
  arms:
    closed_book: {{kind: closed_book}}
    rag_newest:  {{kind: rag, index: newest, k: 2, alpha: 1.0}}
    rag_all:     {{kind: rag, index: all,    k: 2, alpha: 1.0}}
    rag_timed:   {{kind: rag, index: timed,  k: 2, alpha: 1.0}}
    tuned_once:  {{kind: fine_tuned, adapter: once}}
    tuned_anew:  {{kind: fine_tuned, adapter: anew}}
    tuned_on:    {{kind: fine_tuned, adapter: on}}
"""
"""Two waves, every policy of indexes and of adapters."""


def save_tiny_model(folder: Path) -> Path:
    """A Llama of random weights with a byte-level tokenizer, saved as any model is."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    inner.train_from_iterator([WORDS] * 20, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=400, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=2048, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_small_experiment(folder: Path, model: Path, *, store: str, text: str = EXPERIMENT) -> Path:
    """The experiment file, ready to run."""
    path = folder / f"small-{store}.yaml"
    text = text.format(
        dataset=ROOT / "data" / "demo", model=model, store=store, index=ROOT / "indexes" / "handbook.yaml"
    )
    path.write_text(text, encoding="utf-8")
    return path


def start(experiment: Path, runs: Path, store: Path) -> "subprocess.Popen[str]":
    """`ragvsft run` in a process of its own."""
    command = [sys.executable, "-m", "ragvsft", "run", str(experiment), "--runs", str(runs), "--store", str(store)]
    return subprocess.Popen(
        [*command, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )


def servers_of(store: Path) -> list[int]:
    """Processes whose working files lie in the store."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
                name = (entry / "comm").read_text().strip()
            except OSError:
                continue
            if name.startswith("weaviate") and os.fsencode(str(store)) in environment:
                found.append(int(entry.name))
    return found
