"""An index brought up to date beside one made anew: 5 % of the documents changed, and nothing changed.

    python benchmarks/sync.py --documents 2000

Real Weaviate, the bundled embedder, generated documents. In rounds, one after the other: the second snapshot indexed
from nothing; an index of the first snapshot synced to the second, of which 5 % of the documents differ; the same sync
again, which has nothing to do. Every step starts from documents in memory, with nothing embedded or cut before, and
ends when the snapshot is served. Wall time, and processor seconds of this process and the server, which other work on
the machine moves less.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import psutil

from ragvsft.config.experiment import Chunking, IndexFile
from ragvsft.core.values import Document
from ragvsft.data.chunking import cut_by
from ragvsft.lab.generation.models import resolve_model
from ragvsft.lab.retrieval.base import Policy
from ragvsft.lab.retrieval.embedder import SentenceTransformerEmbedder
from ragvsft.lab.retrieval.server import connect, running_server, server_status
from ragvsft.lab.retrieval.weaviate_index import WeaviateIndex
from ragvsft.lab.retrieval.weaviate_rows import chunks, read_rows, windows_of

RESULTS = Path(__file__).parent / "results"
FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
EMBEDDER = "bundled/all-minilm-l6-v2"
CHANGED = 0.05
WORDS = (
    "station", "river", "gauge", "upland", "depot", "ferry", "valley", "council", "bridge", "meadow", "archive", "and",
    "quarry", "lantern", "harbour", "orchard", "weather", "record", "level", "water", "office", "letter", "repair",
    "visit", "spring", "autumn", "market", "signal", "tower", "garden", "engine", "road", "stone", "ledger", "the",
)  # fmt: skip

Step = dict[str, float]
"""Seconds by what took them."""


def documents(n: int, *, changed: float) -> list[Document]:
    """Pages of six to ten sentences; of a share of them one sentence is another one."""
    rng = random.Random(0)
    others = set(random.Random(1).sample(range(n), round(changed * n)))
    pages = []
    for number in range(n):
        text = [sentence(rng) for _ in range(rng.randint(6, 10))]
        moved = sentence(random.Random(number))
        if number in others:
            text[len(text) // 2] = moved
        pages.append(Document(doc_id=f"page-{number}", title=f"Page {number}", text=" ".join(text), valid_from=FIRST))
    return pages


def sentence(rng: random.Random) -> str:
    """Ten to twenty words, and a number that makes it one of its own."""
    words = rng.choices(WORDS, k=rng.randint(10, 20))
    return f"{' '.join(words).capitalize()} {rng.randint(0, 99_999)}."


class Bench:
    """One server, one model, indexes of their own."""

    def __init__(self, client, embedder: SentenceTransformerEmbedder, policy: Policy, server: psutil.Process) -> None:  # noqa: ANN001
        self.client, self.embedder, self.policy, self.server = client, embedder, policy, server
        self.index_file = IndexFile(name="pages", chunking=Chunking())

    def index(self) -> WeaviateIndex:
        """A new one."""
        return WeaviateIndex(
            self.client, name=f"B{uuid.uuid4().hex}", version="?", definition="d", index_file=self.index_file,
            policy=self.policy, embedder=self.embedder,
        )  # fmt: skip

    def sync(self, index: WeaviateIndex, pages: Sequence[Document], at: date) -> tuple[Step, dict[str, object]]:
        """Make an index serve the documents; seconds, and what the sync says that it did."""
        begin, cpu = time.perf_counter(), self.processor_s()
        passages = cut_by(self.index_file.chunking, pages, count_tokens=self.embedder.count_tokens, language="en")
        cut_s = time.perf_counter() - begin
        report = index.sync(passages, at)
        whole_s = time.perf_counter() - begin
        step = {"s": whole_s, "cut_s": cut_s, "embed_s": report.embed_s, "send_s": report.send_s}
        return step | {"cpu_s": self.processor_s() - cpu}, asdict(report)

    def processor_s(self) -> float:
        """Processor seconds so far, of this process and of the server."""
        used = self.server.cpu_times()
        return time.process_time() + used.user + used.system

    def rows(self, index: WeaviateIndex) -> dict[str, object]:
        """What an index holds: passage and window by id."""
        collection = self.client.collections.use(index.collection)
        found = {}
        for ids in chunks(windows_of(collection), 512):
            found |= read_rows(collection, ids)
        return {key: (replace(row.passage, valid_from=FIRST), row.window.closes) for key, row in found.items()}


def main() -> None:
    """Measure in rounds and write `results/sync.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--policy", choices=("replace", "keep_all", "time_filter"), default="replace")
    options = parser.parse_args()
    before, now = documents(options.documents, changed=0.0), documents(options.documents, changed=CHANGED)
    n_changed = sum(a.text != b.text for a, b in zip(before, now, strict=True))
    model = resolve_model(EMBEDDER, "embedder")
    cores = len(os.sched_getaffinity(0))
    embedder = SentenceTransformerEmbedder(model.folder, EMBEDDER, threads=cores, device="cpu")
    embedder.embed(["warm up"] * 64)
    steps: dict[str, list[Step]] = {"full": [], "incremental": [], "no-op": []}
    told: dict[str, dict[str, object]] = {}
    same: list[bool] = []
    with tempfile.TemporaryDirectory() as folder, running_server(url=None, store_folder=Path(folder)) as address:
        client = connect(address)
        bench = Bench(client, embedder, options.policy, psutil.Process(server_status(Path(folder)).pid))
        for _ in range(options.rounds):
            index, anew = bench.index(), bench.index()
            for name, target in (("full", anew), ("incremental", index), ("no-op", index)):
                if name == "incremental":
                    # What the index is brought up to date from; most of its vectors are still in memory.
                    bench.sync(index, before, FIRST)
                embedder._kept.clear()
                step, told[name] = bench.sync(target, now, SECOND)
                steps[name].append(step)
                print(name, {key: round(value, 3) for key, value in step.items()})
            served = {key for key, (_, closes) in bench.rows(index).items() if closes is None}
            same.append(served == set(bench.rows(anew)))
            for one in (index, anew):
                client.collections.delete(one.collection)
        client.close()
    ratios = {
        f"{name}, {what}": [full[key] / step[key] for full, step in zip(steps["full"], steps[name], strict=True)]
        for name in ("incremental", "no-op")
        for key, what in (("s", "wall time"), ("cpu_s", "processor time"))
    }
    found = {
        "command": f"benchmarks/sync.py --documents {options.documents} --rounds {options.rounds}",
        "policy": options.policy,
        "documents": options.documents,
        "documents_changed": n_changed,
        "passages": told["full"]["n_passages"],
        "passages_added": told["incremental"]["n_added"],
        "no_op_added_closed_reopened": [told["no-op"][key] for key in ("n_added", "n_closed", "n_reopened")],
        "same_passages_as_made_anew": all(same),
        "ratio_median": {name: statistics.median(some) for name, some in ratios.items()},
        "ratio_range": {name: [min(some), max(some)] for name, some in ratios.items()},
        "seconds": {name: [{k: round(v, 4) for k, v in step.items()} for step in some] for name, some in steps.items()},
        "cores": cores,
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "weaviate": address.version,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sync.json").write_text(json.dumps(found, indent=1, default=str) + "\n")
    print(json.dumps({key: value for key, value in found.items() if key != "seconds"}, indent=1))


if __name__ == "__main__":
    main()
