"""Where the files that travel with ragvsft lie: inside the wheel, or in the checkout that is worked in."""

from pathlib import Path

from ragvsft.core.errors import RagvsftError

PACKAGE = Path(__file__).parents[1]


def shipped(name: str) -> Path:
    """A shipped file or folder, such as `data/demo` or `dashboards/app.py`.

    Raises:
        RagvsftError: it is in neither place.
    """
    for root in (PACKAGE / "shipped", PACKAGE.parents[1]):
        if (root / name).exists():
            return root / name
    raise RagvsftError(f"this installation lacks {name}", hint="pip install --force-reinstall --no-deps ragvsft")
