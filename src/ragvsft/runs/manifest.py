"""`manifest.json`: what a run is of, what it stands on, and the sessions in which it was worked on."""

import json
import platform
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ragvsft.core.errors import DataError
from ragvsft.core.redaction import redact_all
from ragvsft.runs.atomic import write_whole
from ragvsft.runs.database import of_system, translated
from ragvsft.runs.encoding import now
from ragvsft.runs.environment import cpu_model, memory_bytes, package_versions, python_version, usable_cores

MANIFEST_FILE = "manifest.json"
MANIFEST_VERSION = 1

JsonObject = dict[str, Any]


class _Kept(BaseModel):
    """Frozen; unknown keys are refused; credentials in URLs are taken out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_credentials(cls, data: object) -> object:
        return redact_all(data)


class DatasetRecord(_Kept):
    """What the questions are of."""

    name: str
    content_hash: str
    snapshots: tuple[date, ...]
    task: str
    labels: tuple[str, ...] = ()
    abstain: tuple[str, ...] = ()


class ModelRecord(_Kept):
    """A model, by its weights."""

    name: str
    revision: str | None
    weights_sha256: str


class Environment(_Kept):
    """What moves low-precision numbers: a run keeps one. None: not known yet, or not used."""

    threads: int | None = None
    device: str | None = None
    dtype: str | None = None
    store: str | None = None
    """Which store served: `weaviate 1.39.2` or `exact`."""

    def differences(self, other: "Environment") -> dict[str, tuple[object, object]]:
        """Where both are known and differ: field -> (here, there)."""
        return {
            field: (mine, theirs)
            for field in type(self).model_fields
            if (mine := getattr(self, field)) is not None
            and (theirs := getattr(other, field)) is not None
            and mine != theirs
        }

    def filled_from(self, other: "Environment") -> Self:
        """This one, and where it does not know, the other."""
        gaps = {field: getattr(other, field) for field in type(self).model_fields if getattr(self, field) is None}
        return self.model_copy(update=gaps)


class Machine(_Kept):
    """The hardware and the Python of the last session."""

    python: str = Field(default_factory=python_version)
    platform: str = Field(default_factory=platform.platform)
    cpu: str = Field(default_factory=cpu_model)
    cores: int = Field(default_factory=usable_cores)
    memory_bytes: int = Field(default_factory=memory_bytes)
    gpu: str | None = None


class Session(_Kept):
    """One stretch of work by one process."""

    started_at: datetime
    ended_at: datetime | None = None
    """None: it is under way, or its process was killed and nobody has come back since."""
    resumed: bool
    why_ended: str | None = None
    """`finished`, `interrupted`, `killed`, or `failed: ...`."""
    pid: int
    host: str
    environment: Environment
    forced: tuple[str, ...] = ()
    """Fields of the environment that differ from the run's and were allowed to."""
    changed_versions: dict[str, tuple[str | None, str | None]] = {}
    """Packages that differ from the session before: (before, now)."""


class AskingRecord(_Kept):
    """What a new question needs besides the configuration, so that it can be asked without the experiment's files."""

    examples: tuple[tuple[str, str], ...]
    """The worked examples of the few-shot styles: question, answer."""
    labels: tuple[str, ...] = ()
    """The only answers that there are; none: any text is one."""
    indexes: dict[str, JsonObject] = {}
    """The index definitions, by index name."""


class Manifest(_Kept):
    """All that is known of a run besides what happened in it."""

    schema_version: int = MANIFEST_VERSION
    name: str
    run_hash: str
    created_at: datetime = Field(default_factory=now)
    configuration: JsonObject
    """The experiment as resolved."""
    dataset: DatasetRecord
    split: JsonObject
    index_files: dict[str, str] = {}
    """SHA-256 by index name."""
    model: ModelRecord
    embedder: str | None = None
    """Name and weights hash."""
    environment: Environment = Environment()
    machine: Machine = Field(default_factory=Machine)
    versions: dict[str, str] = Field(default_factory=package_versions)
    git_commit: str | None = None
    asking: AskingRecord | None = None
    """None: the run was made by a ragvsft that could not be asked."""
    sessions: tuple[Session, ...] = ()

    @property
    def mixed_environment(self) -> bool:
        """Whether sessions were forced to go on in another environment."""
        return any(session.forced for session in self.sessions)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a run's manifest, whole or not at all.

    Raises:
        RagvsftError: it cannot be written; the one before still stands.
    """
    with translated(folder):
        text = json.dumps(manifest.model_dump(), indent=2, default=_plain) + "\n"
        write_whole(folder / MANIFEST_FILE, text)


def read_manifest(folder: Path) -> Manifest:
    """A run's manifest.

    Raises:
        DataError: it is missing, damaged, or of a newer ragvsft.
    """
    path = folder / MANIFEST_FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{folder} has no {MANIFEST_FILE}", hint="give the folder of a run") from None
    except OSError as error:
        raise of_system(error, path) from error
    except ValueError as error:
        raise DataError(f"{path} is damaged: {error}", hint="put the file back from a copy") from error
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > MANIFEST_VERSION:
        raise DataError(
            f"{path} has schema version {version}, and this ragvsft knows versions up to {MANIFEST_VERSION}",
            hint="a newer ragvsft wrote it: install that version or a later one",
        )
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{path} is not as a manifest should be: {where or 'top level'}: {first['msg']}",
            hint="put the file back from a copy",
        ) from error


def _plain(value: object) -> str:
    if isinstance(value, date):  # also a datetime
        return value.isoformat()
    raise DataError(f"the manifest holds a {type(value).__name__}, which has no form in JSON")
