"""Sessions of a run: when a run may be continued, and what is kept of how it was."""

from datetime import datetime

from ragvsft.core.errors import DataError, UsageError
from ragvsft.runs.encoding import now
from ragvsft.runs.manifest import Environment, Manifest, Session
from ragvsft.runs.owner import Owner


def begin_session(
    stored: Manifest | None, current: Manifest, *, owner: Owner, last_seen: datetime | None, force: bool
) -> Manifest:
    """The manifest of a run in which a process begins to work.

    Args:
        stored: the run's manifest; None: the run is new.
        current: the manifest as things stand now.
        owner: the process.
        last_seen: when a session that never ended gave its last sign.
        force: allow another environment.

    Raises:
        UsageError: threads, device, dtype or store differ, and that is not allowed.
        DataError: the model's weights or the embedder differ.
    """
    session = Session(
        started_at=now(), resumed=stored is not None, pid=owner.pid, host=owner.host, environment=current.environment
    )
    if stored is None:
        return current.model_copy(update={"sessions": (session,)})
    _check_weights(stored, current)
    changed = {
        name: (stored.versions.get(name), current.versions.get(name))
        for name in sorted({*stored.versions, *current.versions})
        if stored.versions.get(name) != current.versions.get(name)
    }
    session = session.model_copy(
        update={
            "forced": _allowed(stored.environment, current.environment, force=force),
            "changed_versions": changed,
        }
    )
    earlier = [
        old if old.ended_at else old.model_copy(update={"ended_at": last_seen or now(), "why_ended": "killed"})
        for old in stored.sessions
    ]
    return current.model_copy(
        update={
            "created_at": stored.created_at,
            "environment": current.environment.filled_from(stored.environment),
            "sessions": (*earlier, session),
        }
    )


def with_environment(
    manifest: Manifest,
    *,
    force: bool,
    threads: int | None,
    device: str | None,
    dtype: str | None,
    store: str | None,
) -> Manifest:
    """The manifest once more of the environment is known; the last session is under way.

    Raises:
        UsageError: it differs from the run's, and that is not allowed.
    """
    known = Environment(threads=threads, device=device, dtype=dtype, store=store)
    forced = _allowed(manifest.environment, known, force=force)
    *earlier, session = manifest.sessions
    session = session.model_copy(
        update={
            "environment": known.filled_from(session.environment),
            "forced": tuple(sorted({*session.forced, *forced})),
        }
    )
    return manifest.model_copy(
        update={"environment": known.filled_from(manifest.environment), "sessions": (*earlier, session)}
    )


def end_session(manifest: Manifest, why: str) -> Manifest:
    """The manifest after its last session ended."""
    *earlier, session = manifest.sessions
    session = session.model_copy(update={"ended_at": now(), "why_ended": why})
    return manifest.model_copy(update={"sessions": (*earlier, session)})


def _check_weights(stored: Manifest, current: Manifest) -> None:
    if stored.model.weights_sha256 != current.model.weights_sha256:
        raise DataError(
            f"the weights of {current.model.name} are {current.model.weights_sha256[:12]}…, and the run was begun "
            f"with {stored.model.weights_sha256[:12]}…",
            hint="put the weights back as they were, or give the experiment another name",
        )
    if stored.embedder and current.embedder and stored.embedder != current.embedder:
        raise DataError(
            f"the embedder is {current.embedder}, and the run was begun with {stored.embedder}",
            hint="put the embedder back as it was, or give the experiment another name",
        )


def _allowed(stored: Environment, current: Environment, *, force: bool) -> tuple[str, ...]:
    differences = stored.differences(current)
    if differences and not force:
        told = "; ".join(f"{field} was {before}, is {after}" for field, (before, after) in differences.items())
        raise UsageError(
            f"the run was worked on in another environment, in which answers may differ: {told}",
            hint="go on as before, give the experiment another name, or allow the change; "
            "then the report says that the run is mixed",
        )
    return tuple(sorted(differences))
