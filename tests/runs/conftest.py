"""The run that the tests of the run folder work on."""

from pathlib import Path

import pytest

from runs.making import Maker


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "runs")
