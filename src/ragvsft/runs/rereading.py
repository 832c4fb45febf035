"""What may change in a finished run's manifest, with nothing run again: how it is read, and what asking it needs."""

from collections.abc import Mapping
from pathlib import Path

from ragvsft.runs.manifest import AskingRecord, read_manifest, write_manifest
from ragvsft.runs.owner import take_ownership


def keep_verdict_settings(folder: Path, settings: Mapping[str, object]) -> bool:
    """Write the verdict settings into a run's manifest; whether they were others.

    Args:
        folder: of a run that is finished.
        settings: the experiment file's `verdict`, as JSON values.

    Raises:
        RunLockedError: a living process owns the run.
        RagvsftError: the manifest cannot be read or written.
    """
    if read_manifest(folder).configuration.get("verdict") == settings:
        return False
    with take_ownership(folder):
        manifest = read_manifest(folder)
        configuration = {**manifest.configuration, "verdict": dict(settings)}
        write_manifest(folder, manifest.model_copy(update={"configuration": configuration}))
    return True


def keep_asking(folder: Path, asking: AskingRecord) -> None:
    """Write what asking live needs into the manifest of a run that was finished before manifests held it.

    Raises:
        RunLockedError: a living process owns the run.
        RagvsftError: the manifest cannot be read or written.
    """
    if read_manifest(folder).asking == asking:
        return
    with take_ownership(folder):
        write_manifest(folder, read_manifest(folder).model_copy(update={"asking": asking}))
