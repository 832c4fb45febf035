"""The errors a user can meet: each says what is wrong, where, and how to mend it.

    RagvsftError            exit 1   something failed; the hint says what to do next
    ├── UsageError          exit 2   the command or a configuration file is wrong
    ├── DataError           exit 1   a dataset, document or run folder is wrong
    ├── ServiceError        exit 4   a service or model is missing or unreachable
    ├── RunLockedError      exit 2   another process owns the run
    └── TrainingError       exit 1   a training stopped (a non-finite loss, no rows)

Everything else that escapes is a bug. Exit 3 (done with failures over tolerance), 5 and 6 (the gate)
are results and not errors; `ragvsft.cli` returns them.
"""


class RagvsftError(Exception):
    """An error with a hint.

    Args:
        message: what is wrong and where, one sentence.
        hint: what to do next; shown on its own line.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RagvsftError):
    """The command line, an experiment file or an index file is wrong."""

    exit_code = 2


class DataError(RagvsftError):
    """A dataset, an imported file or a run folder cannot be read as what it should be."""


class ServiceError(RagvsftError):
    """A server or a model that the work needs is missing or does not answer."""

    exit_code = 4


class RunLockedError(UsageError):
    """Another living process owns the run folder."""


class TrainingError(RagvsftError):
    """A training stopped because going on would be worthless."""
