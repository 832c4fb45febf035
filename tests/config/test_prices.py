"""Price sheets: the shipped ones are read and sourced, and what is wrong in one is told with its line."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from ragvsft.cli.init import PRICES
from ragvsft.config.loading import load_experiment, load_prices
from ragvsft.config.prices import PriceSheet
from ragvsft.core.errors import UsageError

ROOT = Path(__file__).parents[2]
SHEETS = sorted((ROOT / "prices").glob("*.yaml"))
GOOD = """\
name: mine
date: 2026-11-01
core_hour: {usd: 0.04, source: the bill of October, read: 2026-11-01}
gpu_hour:
  NVIDIA L4: {usd: 0.8, source: https://example.org/prices, read: 2026-11-01}
"""


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_shipped_sheets_are_read_and_every_price_has_a_source_and_a_date(path: Path) -> None:
    sheet = load_prices(path)
    schema = json.loads((ROOT / "schema" / "prices.schema.json").read_text(encoding="utf-8"))
    tree = json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")), default=str))
    jsonschema.Draft202012Validator(schema).validate(tree)
    prices = [*sheet.gpu_hour.values(), *sheet.tokens.values(), sheet.core_hour, sheet.weaviate]
    assert all(price is not None and price.read <= sheet.date for price in prices)
    assert f"prices/{path.name}" in PRICES


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("usd: 0.04", "usd: -1", "line 3: core_hour.usd: must be greater than or equal to 0 (it is -1)"),
        ("usd: 0.04", "usd: '0.04'", "line 3: core_hour.usd: must be a number (it is '0.04')"),
        ("source: the bill of October, ", "", "line 3: core_hour.source: this key is missing"),
        ("core_hour", "cpu_hour", "line 3: cpu_hour: no such key, did you mean gpu_hour?"),
        ("usd: 0.8", "eur: 0.8", "line 5: gpu_hour.NVIDIA L4.eur: no such key"),
        ("date: 2026-11-01\n", "date: soon\n", "line 2: date: must be a valid date"),
        ("name: mine\n", "name: mine\ncurrency: EUR\n", "line 2: currency: 'EUR' is none of the values"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_prices(path)
    assert told in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint == "`ragvsft schema prices` prints every key with its meaning."


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(GOOD, encoding="utf-8")
    path = tmp_path / "small.yaml"
    path.write_text(
        "name: small\ndataset: data\nlab:\n  base: {model: m}\n  arms: {bare: {kind: closed_book}}\n"
        "verdict:\n  prices: mine.yaml\n  weights: {accuracy: 0.5, cost: 0.5}\n  ranges: {cost_usd_month: [0, 500]}\n",
        encoding="utf-8",
    )
    return path


def test_an_experiment_holds_the_prices_that_it_names(experiment: Path) -> None:
    """A run's manifest keeps what it was priced by, whatever becomes of the file."""
    prices = load_experiment(experiment).experiment.verdict.prices
    assert isinstance(prices, PriceSheet)
    assert (prices.date, prices.gpu_hour["NVIDIA L4"].usd) == (date(2026, 11, 1), 0.8)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("mine.yaml", "mien.yaml", "line 7: verdict.prices: there is no file"),
        ("prices: mine.yaml", "prices: 7", "line 7: verdict.prices: must be"),
        ("cost_usd_month", "cost_usd", "line 9: verdict.ranges.cost_usd: 'cost_usd' is none of the values"),
        ("[0, 500]", "[500, 0]", "line 9: verdict.ranges.cost_usd_month: must be two numbers, the lower first"),
        ("  ranges: {cost_usd_month: [0, 500]}\n", "", "line 8: verdict.weights.cost: needs ranges.cost_usd_month"),
        ("{accuracy: 0.5, cost: 0.5}", "{accuracy: 0}", "line 8: verdict.weights: one at least must be above 0"),
        ("ranges:", "constraints: {latency: 5}\n  ranges:", "line 9: verdict.constraints.latency: 'latency' is none"),
    ],
)
def test_a_verdict_that_cannot_be_read_is_told(experiment: Path, old: str, new: str, told: str) -> None:
    text = experiment.read_text(encoding="utf-8")
    assert text.count(old) == 1
    experiment.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_experiment(experiment)
    assert told in caught.value.message
