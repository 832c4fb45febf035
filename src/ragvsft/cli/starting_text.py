"""The experiment file that `ragvsft init` writes: the arms that a dataset allows, each choice with its reason."""

from collections.abc import Sequence
from math import ceil
from pathlib import PurePath

from ragvsft.cli.starting import WORTH_TRAINING_ON, Start
from ragvsft.core.values import Dataset, Task

_TOKENS_A_WORD = 1.5
_TOKEN_STEPS = (16, 24, 32, 48, 64, 96, 128)
_MARK = "#:"
"""Parts a line from its comment until they are aligned."""
_COMMENT_AT = 78
FEW_TESTED = 100
"""Fewer tested facts than this make a first look, which should not take long."""


def experiment_text(start: Start, *, place: str, dataset_path: str) -> str:
    """The experiment file, comments included.

    Args:
        start: what the dataset allows.
        place: the file as it is called from the project's folder, such as `experiments/mine.yaml`.
        dataset_path: the dataset's folder, relative to the file.
    """
    dataset = start.dataset
    n_documents = len({document.doc_id for document in dataset.documents})
    n_facts = len({question.fact_id for question in dataset.questions})
    lines = [
        f"# ragvsft run {place}",
        "# yaml-language-server: $schema=../schema/experiment.schema.json",
        "#",
        f"# Written by `ragvsft init` for the dataset {dataset.name}: {_n(n_documents, 'document')}, "
        f"{_n(len(dataset.questions), 'question')} about {_n(n_facts, 'fact')}, task {dataset.task}.",
        "# Every choice may be changed; `ragvsft schema` prints every key with its meaning. Paths are relative to this",
        "# file. `ragvsft plan` tells time and disk before anything is spent.",
        f"name: {PurePath(place).stem}",
        f"dataset: {_quoted(dataset_path)}",
        "",
        *_split_lines(start),
        "",
        "lab:",
        "  base:",
        f"    model: bundled/smollm2-135m-instruct {_MARK} small enough for two cores; or a folder, or org/name@commit",
        f"    max_new_tokens: {_max_new_tokens(dataset)} {_MARK} room for the longest answers of the questions",
        f"  embedder: bundled/all-minilm-l6-v2 {_MARK} {_embedder_note(dataset)}",
        *_wave_lines(start),
        *_search_lines(start),
        *_latency_lines(start),
        "  indexes:",
        f"    pages: {{file: ../indexes/pages.yaml, policy: replace}} {_MARK} {_policy_note(start)}",
        *_adapter_lines(start),
        *_arm_lines(start),
        "",
        "verdict:",
        f"  prices: ../prices/cloud-2026-11.yaml {_MARK} dated public prices; change what you pay",
        f"  failure_tolerance: 0.02 {_MARK} more failures than this share of an arm's questions: exit code 3",
        "",
    ]
    return "\n".join(_aligned(lines))


def _split_lines(start: Start) -> list[str]:
    numbers = f"tested_facts: {start.n_tested}, training_only_facts: {start.n_training_only}"
    if start.one_phrasing:
        notes = [
            "# Every fact is asked in one phrasing, so no adapter can be trained on a fact and tested on other words",
            "# for it: adapters learn from facts that are never tested, and no document serves two works.",
        ]
        if start.n_dev_only:
            numbers += f", dev_facts: {start.n_dev_only}"
    else:
        notes = [
            "# Facts have several phrasings: an adapter trains on some and is tested on others. Training-only facts",
            "# are never tested; from them the reader learns to read passages.",
        ]
    if start.n_tested < 50:
        notes.append(
            f"# {_n(start.n_tested, 'tested fact')} can show large differences only; about 200 show most that matter."
        )
    return [*notes, f"split: {{{numbers}, seed: 0}}"]


def _wave_lines(start: Start) -> list[str]:
    if len(start.waves) == 1:
        return []
    n = len(start.dataset.snapshots)
    note = "every snapshot" if n == len(start.waves) else f"{len(start.waves)} of {n} snapshots"
    days = ", ".join(day.isoformat() for day in start.waves)
    return [f"  waves: [{days}] {_MARK} {note}: each is asked anew, and shows how fresh every arm is"]


def _search_lines(start: Start) -> list[str]:
    if start.has_dev:
        return [f"  search: {{tries: 6, questions: 40}} {_MARK} settings chosen on dev, as many tries for every arm"]
    return [f"  search: {{tries: 0}} {_MARK} settings as written: there are no dev questions to choose them on"]


def _latency_lines(start: Start) -> list[str]:
    if start.n_tested >= FEW_TESTED:
        return []
    return [f"  latency_requests: 10 {_MARK} single requests that each arm is timed on; 30 give a steadier p95"]


def _policy_note(start: Start) -> str:
    if len(start.waves) == 1:
        return "what happens to old versions; there are none yet"
    return "old versions go; keep_all and time_filter keep them"


def _adapter_lines(start: Start) -> list[str]:
    rows = _adapters(start)
    if not rows:
        return [
            "  # No adapter: there are too few train questions about facts that may be trained on. With some",
            f"  # {WORTH_TRAINING_ON} or more, `ragvsft init` adds the fine-tuned arms.",
        ]
    return [
        "  adapters:",
        *(line for name, (settings, note) in rows.items() for line in (f"    # {note}", f"    {name}: {settings}")),
    ]


def _adapters(start: Start) -> dict[str, tuple[str, str]]:
    """Settings and a comment by name; recipes with passages only where gold documents tell which passages."""
    found: dict[str, tuple[str, str]] = {}
    apart = "facts: disjoint, policy: never, batch_size: 8, learning_rate: 1.0e-3"
    if start.trains_on_tested:
        policy = ", policy: every_wave" if len(start.waves) > 1 else ""
        again = ", trained anew at every wave" if policy else ""
        rows = min(120, 2 * start.n_tested)
        found["knows"] = (
            f"{{recipe: closed_book, facts: tested{policy}}}",
            f"knows: learns the tested facts by heart, from their other phrasings{again}",
        )
        if start.has_gold:
            found["mixed"] = (
                f"{{recipe: mixed, facts: tested{policy}, epochs: 8, context_rows: {rows}}}",
                "mixed: the same, and rows with passages, so that it does not forget to read them",
            )
    elif start.trains_apart:
        rows = min(160, 2 * start.n_training_only)
        found["knows"] = (
            f"{{recipe: closed_book, {apart}, epochs: 4}}",
            "knows: learns how answers look; the tested facts it cannot know",
        )
        if start.has_gold:
            found["mixed"] = (
                f"{{recipe: mixed, {apart}, epochs: 2, context_rows: {rows}}}",
                "mixed: the same, and rows with passages",
            )
    if start.trains_apart and start.has_gold:
        rows = min(400, 6 * start.n_training_only)
        found["reader"] = (
            f"{{recipe: raft, {apart}, epochs: {1 if start.one_phrasing else 2}, context_rows: {rows}}}",
            "reader: learns to read passages among distractors, and to say when they do not tell",
        )
    return found


def _arm_lines(start: Start) -> list[str]:
    adapters = _adapters(start)
    lines = [
        "  arms:",
        f"    closed_book:   {{kind: closed_book}} {_MARK} the base model alone: what it knows already",
        f"    rag:           {{kind: rag, index: pages}} {_MARK} with retrieved passages",
    ]
    if "knows" in adapters:
        lines.append(f"    fine_tuned:    {{kind: fine_tuned, adapter: knows}} {_MARK} trained, without passages")
        lines.append(f"    hybrid_naive:  {{kind: hybrid, adapter: knows, index: pages}} {_MARK} both")
    if "mixed" in adapters:
        lines.append(
            f"    hybrid_mixed:  {{kind: hybrid, adapter: mixed, index: pages}} {_MARK} both, trained for both"
        )
    if "reader" in adapters:
        lines.append(f"    hybrid_reader: {{kind: hybrid, adapter: reader, index: pages}} {_MARK} a trained reader")
    if start.has_gold:
        lines.append(
            f"    oracle:        {{kind: oracle, index: pages}} {_MARK} the right passage: retrieval's ceiling"
        )
    else:
        lines.append("    # No oracle: no question names the document that states its answer.")
    return lines


def _max_new_tokens(dataset: Dataset) -> int:
    """Room for 19 of 20 answers, by their words."""
    longest = [
        max(len(answer.split()) for answer in (*question.answers, *dataset.labels))
        for question in dataset.questions
        if question.answers
    ]
    abstain = max(len(words.split()) for words in dataset.abstain)
    words = max(sorted(longest)[ceil(0.95 * len(longest)) - 1] if longest else 1, abstain)
    needed = ceil(_TOKENS_A_WORD * words) + (8 if dataset.task is not Task.LABEL else 4)
    return next((step for step in _TOKEN_STEPS if step >= needed), _TOKEN_STEPS[-1])


def _embedder_note(dataset: Dataset) -> str:
    if dataset.language.split("-")[0] == "en":
        return "English; or a folder, or org/name@commit"
    return f"it knows English; for {dataset.language} name one that knows the language: org/name@commit"


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _quoted(path: str) -> str:
    """A path as YAML; in quotes where it is not plain."""
    plain = path and not path[0].isspace() and all(char.isalnum() or char in "/._-" for char in path)
    return path if plain else "'" + path.replace("'", "''") + "'"


def _aligned(lines: Sequence[str]) -> list[str]:
    """Comments of neighbouring lines one below the other, at most far enough to the right."""
    found: list[str] = []
    block: list[tuple[str, str]] = []

    def end() -> None:
        width = max((len(text) for text, _ in block if len(text) <= _COMMENT_AT), default=0)
        found.extend(f"{text:<{width}}  # {note}" for text, note in block)
        block.clear()

    for line in lines:
        text, mark, note = line.partition(f" {_MARK} ")
        if mark:
            block.append((text, note))
        else:
            end()
            found.append(line)
    end()
    return found
