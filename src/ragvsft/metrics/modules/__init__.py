"""The metrics as files that `evaluate.load(module_path(NAME))` takes, without a network; combinable there.

Importing `evaluate` takes seconds and loads torch, so only the module files do, and nothing else imports them.
"""

from pathlib import Path

NAMES = ("exact_match", "token_f1", "contains", "rouge_l", "label_accuracy", "macro_f1", "abstention")


def module_path(name: str) -> str:
    """Where `evaluate.load` finds a module, one of `NAMES`.

    Raises:
        ValueError: no module has this name.
    """
    if name not in NAMES:
        raise ValueError(f"no metric module is named {name!r}; there are: {', '.join(NAMES)}")
    return str(Path(__file__).with_name(f"{name}.py"))
