"""Models from the Hub at a pinned commit: what is on this disk first, then a download that fails quickly."""

import json
import re
from pathlib import Path

from ragvsft.core.errors import ServiceError, UsageError

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
REACH_S = 10.0
"""Seconds to wait for the Hub's first answer."""
_WANTED = ["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"]
_UNWANTED = ["onnx/*", "openvino/*", "original/*", "runs/*", "*.onnx"]


def download(hub_id: str, commit: str) -> Path:
    """The folder of a model at a commit, in the Hub's own cache.

    Raises:
        UsageError: the Hub has no such model or commit, or its weights are pickled.
        ServiceError: the Hub cannot be reached, or refuses.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    kept = _on_this_disk(hub_id, commit)
    if kept is not None:
        return kept
    try:
        # One plain request: a download would try for half a minute to reach a Hub that is not there.
        info = HfApi().model_info(hub_id, revision=commit, timeout=REACH_S)
    except GatedRepoError as error:
        raise ServiceError(
            f"the Hub does not hand out {hub_id} without leave",
            hint="accept its licence on the model's page and set HF_TOKEN",
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise UsageError(
            f"the Hub has no model {hub_id} at commit {commit}, or does not show it to you",
            hint="check the name and the commit; for a private model set HF_TOKEN",
        ) from error
    except Exception as error:  # the Hub's client passes on whatever its HTTP library raises
        raise _unreachable(hub_id, commit, error) from error
    files = [sibling.rfilename for sibling in info.siblings or []]
    if not any(file.endswith(".safetensors") for file in files):
        raise UsageError(
            f"{hub_id} at {commit[:12]} has no safetensors, and pickled weights could run code",
            hint="choose a commit or a model that has *.safetensors",
        )
    try:
        return Path(snapshot_download(hub_id, revision=commit, allow_patterns=_WANTED, ignore_patterns=_UNWANTED))
    except Exception as error:  # as above
        raise _unreachable(hub_id, commit, error) from error


def _on_this_disk(hub_id: str, commit: str) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        folder = Path(
            snapshot_download(
                hub_id, revision=commit, local_files_only=True, allow_patterns=_WANTED, ignore_patterns=_UNWANTED
            )
        )
        index = folder / "model.safetensors.index.json"
        # An interrupted download leaves a folder that lacks files, and not every version of the client minds.
        needed = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()) if index.exists() else set()
    except (OSError, ValueError, KeyError):
        return None
    complete = all((folder / name).exists() for name in needed) and any(folder.rglob("*.safetensors"))
    return folder if complete and any(folder.glob("*.json")) else None


def _unreachable(hub_id: str, commit: str, error: Exception) -> ServiceError:
    lines = str(error).strip().splitlines()
    return ServiceError(
        f"{hub_id} cannot be had from the Hub: {lines[0][:200] if lines else type(error).__name__}",
        hint="connect to the Hub (HF_ENDPOINT names a mirror), or download the model elsewhere at commit"
        f" {commit[:12]} and give its folder",
    )
