"""The machine and the software that a run stands on, found without loading any heavy library."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

RECORDED_PACKAGES = (
    "ragvsft",
    "accelerate",
    "evaluate",
    "filelock",
    "gguf",
    "ir-measures",
    "numpy",
    "peft",
    "pyarrow",
    "pydantic",
    "rapidfuzz",
    "safetensors",
    "scipy",
    "sentence-transformers",
    "tokenizers",
    "torch",
    "transformers",
    "weaviate-client",
)
"""Those that can move a number; the names as package registries have them."""

_GIT_S = 10.0


def package_versions() -> dict[str, str]:
    """Versions of what is installed of the recorded packages."""
    found = {}
    for name in RECORDED_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def python_version() -> str:
    """Implementation and version."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def load_of_others() -> float | None:
    """Processes that ran or waited here over the last minute; None: under half of the usable cores, or not known."""
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # not on every system
        return None
    return load if load > usable_cores() / 2 else None


def cpu_model() -> str:
    """The processor's name, or its architecture where it has none."""
    if sys.platform == "linux":
        try:
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
                key, _, value = line.partition(":")
                if key.strip() in ("model name", "Model", "cpu model") and value.strip():
                    return value.strip()
        except OSError:
            pass
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> int:
    """Memory of the machine."""
    return int(psutil.virtual_memory().total)


def git_commit(folder: Path) -> str | None:
    """The commit that a folder's work tree stands on, with `-dirty` where files differ; None: no commit is known.

    Nothing else of the repository is kept: a remote's address may hold credentials.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=_GIT_S,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
