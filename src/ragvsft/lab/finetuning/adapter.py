"""A trained adapter's manifest: what it was made of, how the training went, and the hash of every file.

It lies in the PEFT folder, which any tool that reads PEFT can load.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Self

from ragvsft.core.errors import DataError
from ragvsft.core.hashing import file_hash

MANIFEST_FILE = "adapter_manifest.json"
WEIGHTS_FILE = "adapter_model.safetensors"
CONFIG_FILE = "adapter_config.json"
SCHEMA_VERSION = 1

_AGAIN = "copy the folder again from where it was trained, or delete it and train the adapter again"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterManifest:
    """How an adapter came to be."""

    base_name: str
    base_hash: str
    """SHA-256 of the base weights."""
    data_hash: str
    """SHA-256 of the schedule."""
    identity: str
    """SHA-256 of everything that decides the adapter, save the machine."""
    adapter: Mapping[str, object]
    """The settings as they stand in the experiment file."""
    seed: int
    init_seed: int
    started_from: str | None
    """SHA-256 of the weights of the adapter that it went on from."""
    versions: Mapping[str, str]
    device: str
    threads: int
    number_format: str
    attention: str
    part_tokens: int
    """Tokens that the model read at once, at most; halved where memory ran out."""
    packed: bool
    n_rows: int
    """Rows read, each time counted."""
    n_rows_too_long: int
    """Rows of the schedule left out for their length."""
    n_tokens: int
    """Tokens of the rows read, without padding."""
    n_supervised_tokens: int
    n_computed_tokens: int
    """Tokens that went through the model: padding included, shared beginnings once a pack."""
    n_steps: int
    """Planned."""
    stopped_step: int
    """The last step done; below `n_steps` where the dev score ended the training early."""
    best_step: int
    """The step whose weights these are."""
    wall_s: float
    """Of the work that led here, loading and dev checks included."""
    cpu_s: float
    wasted_wall_s: float
    """Lost by interruptions, as far as it was written down."""
    n_resumed: int
    peak_memory_bytes: int
    """Of the process, sampled where a step holds the most; on a GPU: of the GPU's memory."""
    loss_curve: tuple[tuple[int, float], ...]
    """(step, mean loss since the point before)."""
    dev_curve: tuple[tuple[int, float], ...]
    """(step, score)."""
    trained_fact_ids: tuple[str, ...]
    """Facts of which a row was read up to the best step."""
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by name of every other file of the folder."""

    def to_json(self) -> dict[str, object]:
        """As JSON values."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> Self:
        """From JSON values.

        Raises:
            KeyError, TypeError, ValueError: it is not a manifest.
        """
        if raw["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version {raw['schema_version']}")
        values = {f.name: raw[f.name] for f in fields(cls)}
        for name in ("loss_curve", "dev_curve"):
            values[name] = tuple((int(step), float(value)) for step, value in values[name])  # type: ignore[attr-defined]
        values["trained_fact_ids"] = tuple(values["trained_fact_ids"])  # type: ignore[arg-type]
        return cls(**values)  # type: ignore[arg-type]

    def write(self, folder: Path) -> None:
        """Write the manifest into the adapter's folder."""
        text = json.dumps(self.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
        (folder / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the manifest of an adapter's folder; the files themselves are not looked at.

        Raises:
            DataError: there is none, or it cannot be read.
        """
        path = folder / MANIFEST_FILE
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise DataError(f"{path} is missing", hint=f"this is no adapter that was trained here; {_AGAIN}") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} cannot be read: {error!r}", hint=_AGAIN) from error


def verify_adapter(folder: Path, base_hash: str) -> AdapterManifest:
    """Check that an adapter's files are the ones that were trained, and on these base weights.

    Args:
        folder: the PEFT folder.
        base_hash: SHA-256 of the base weights that it is to serve with.

    Raises:
        DataError: a file is missing or differs, or the base is another.
    """
    manifest = AdapterManifest.read(folder)
    if WEIGHTS_FILE not in manifest.files or CONFIG_FILE not in manifest.files:
        raise DataError(f"the manifest in {folder} does not name the adapter's weights", hint=_AGAIN)
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            found = file_hash(path)
        except OSError as error:
            raise DataError(f"{path} is missing or cannot be read", hint=_AGAIN) from error
        if found != expected:
            raise DataError(
                f"{path} is not the file that was trained: sha256 {found[:12]}, the manifest says {expected[:12]}",
                hint="this is a Git LFS pointer; run `git lfs pull`" if _is_lfs_pointer(path) else _AGAIN,
            )
    if manifest.base_hash != base_hash:
        raise DataError(
            f"the adapter in {folder} was trained on other base weights: {manifest.base_name},"
            f" sha256 {manifest.base_hash[:12]}, here {base_hash[:12]}",
            hint="give the base model and revision that it was trained on, or train it again",
        )
    return manifest


def _is_lfs_pointer(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).startswith(b"version https://git-lfs")
