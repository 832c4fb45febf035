"""Experiment and index files: what is wrong is told with file, line and what was meant; nothing odd gets through."""

import time
from datetime import date
from pathlib import Path

import pytest

from ragvsft.config.experiment import FineTunedArm, RagArm
from ragvsft.config.loading import load_experiment, load_index
from ragvsft.config.yaml_tree import MAX_FILE_BYTES
from ragvsft.core.errors import UsageError

GOOD = """\
# a comment
name: small
dataset: data
split: {seed: 7}
lab:
  base:
    model: bundled/smollm2-135m-instruct
  waves: [2024-01-01, 2024-07-01]
  indexes:
    pages: {file: pages.yaml}
  adapters:
    knows: {recipe: closed_book, learning_rate: 1e-4}
  arms:
    closed_book: {kind: closed_book}
    rag:
      kind: rag
      index: pages
      k: 2
    fine_tuned: {kind: fine_tuned, adapter: knows}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "pages.yaml").write_text("name: pages\nchunking: {max_tokens: 64}\n", encoding="utf-8")
    path = tmp_path / "small.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def refused(file: Path, old: str, new: str) -> UsageError:
    """The error of the good file with one thing changed."""
    assert GOOD.count(old) == 1
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_experiment(file)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return caught.value


def test_a_good_file_is_read_with_its_types_and_defaults(file: Path) -> None:
    loaded = load_experiment(file)
    lab = loaded.experiment.lab
    assert lab.waves == (date(2024, 1, 1), date(2024, 7, 1))
    assert lab.adapters["knows"].learning_rate == 0.0001
    assert isinstance(lab.arms["rag"], RagArm)
    assert lab.arms["rag"].k == 2
    assert isinstance(lab.arms["fine_tuned"], FineTunedArm)
    assert lab.base.max_new_tokens == 32
    assert loaded.indexes["pages"].chunking.max_tokens == 64
    assert loaded.beside("../x") == file.parent.parent.resolve() / "x"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seed: 7", "sede: 7", "line 4: split.sede: no such key, did you mean seed?"),
        ("      k: 2", "      kk: 2", "line 18: lab.arms.rag.kk: no such key, did you mean k?"),
        ("      k: 2", "      learning_rate: 1", "learning_rate: no such key; there are: index, k, alpha, kind, style"),
        ("dataset: data", "datset: data", "line 3: datset: no such key, did you mean dataset?"),
        ("dataset: data", "# none", "dataset: this key is missing"),
        ("    model: bundled/smollm2-135m-instruct", "    threads: 2", "lab.base.model: this key is missing"),
        ("seed: 7", "seed: seven", "line 4: split.seed: must be a whole number (it is 'seven')"),
        ("seed: 7", "seed: '7'", "line 4: split.seed: must be a whole number (it is '7')"),
        ("seed: 7", "seed: 7.5", "line 4: split.seed: must be a whole number"),
        ("seed: 7", "seed: true", "line 4: split.seed: must be a whole number (it is true)"),
        ("seed: 7", "seed: ~", "line 4: split.seed: must be a whole number (it is empty)"),
        ("dataset: data", "dataset: 5", "line 3: dataset: must be a text (it is 5)"),
        ("split: {seed: 7}", "split: 7", "line 4: split: must be a mapping"),
        ("[2024-01-01, 2024-07-01]", "2024-01-01", "line 8: lab.waves: must be a list"),
        ("[2024-01-01, 2024-07-01]", "[2024-13-01]", "line 8: lab.waves.0: must be a valid date"),
        ("[2024-01-01, 2024-07-01]", "[2024-07-01, 2024-01-01]", "line 8: lab.waves: dates must ascend, each once"),
        ("      k: 2", "      k: 0", "line 18: lab.arms.rag.k: must be greater than or equal to 1 (it is 0)"),
        ("learning_rate: 1e-4", "learning_rate: 1e-4x", "learning_rate: must be a number (it is '1e-4x')"),
        ("learning_rate: 1e-4", "learning_rate: .inf", "line 12: lab.adapters.knows.learning_rate: inf is no number"),
        ("learning_rate: 1e-4", "learning_rate: .nan", "line 12: lab.adapters.knows.learning_rate: nan is no number"),
        ("index: pages", "index: pagse", "line 17: lab.arms.rag.index: no index is named 'pagse'; there are: pages"),
        ("adapter: knows}", "adapter: knwos}", "line 19: lab.arms.fine_tuned.adapter: no adapter is named 'knwos'"),
        ("kind: rag", "kind: ragg", "line 16: lab.arms.rag.kind: no such kind: 'ragg', did you mean rag?"),
        ("closed_book: {kind: closed_book}", "closed_book: {}", "line 14: lab.arms.closed_book: its kind is missing"),
        ("recipe: closed_book", "recipe: raff", "line 12: lab.adapters.knows.recipe: 'raff' is none of the values"),
        ("    rag:", "    Rag-1:", "line 15: lab.arms.Rag-1: a name is lower case"),
        ("name: small", "name: ../small", "line 2: name: a name starts with a letter or digit"),
        ("    rag:", "    closed_book:", "line 15: the key closed_book stands there twice"),
        ("seed: 7}", "seed: 7", "line 5: "),
        ("file: pages.yaml", "file: page.yaml", "line 10: lab.indexes.pages.file: there is no file"),
        ("name: small", "name: !!python/object/apply:os.system [ls]", "line 2: the tag !!python/object/apply:os.syst"),
        ("name: small", "name: !!python/name:os.system", "line 2: the tag !!python/name:os.system is not allowed"),
        ("split: {seed: 7}", "split: !!set {seed}", "line 4: the tag CommentedSet is not allowed here"),
        ("dataset: data", "dataset: !!binary aGk=", "line 3: the tag bytes is not allowed here"),
        ("dataset: data", "dataset: data\n---\nname: other", "a second document begins"),
        ("dataset: data", 'dataset: "a\x07b"', "is no valid YAML"),
        ("split: {seed: 7}", "split: &s [*s]", "line 4: split: must be a mapping"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file: Path, old: str, new: str, told: str) -> None:
    error = refused(file, old, new)
    assert told in f"{error.message} {error.hint}"
    assert str(file) in error.message
    assert len(f"{error.message}{error.hint}") < 600


def test_several_problems_are_told_together(file: Path) -> None:
    file.write_text(GOOD.replace("seed: 7", "sede: x").replace("      k: 2", "      k: two"), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_experiment(file)
    first, *problems = caught.value.message.splitlines()
    assert first == f"{file} has 2 problems:"
    assert [problem.split(":")[0].strip() for problem in problems] == ["line 4", "line 18"]


def test_an_alias_bomb_is_refused_quickly(file: Path) -> None:
    bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    bomb += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    file.write_text("\n".join(bomb), encoding="utf-8")
    with pytest.raises(UsageError, match="more than 100,000 values") as caught:
        load_experiment(file)
    assert caught.value.hint == "Are there nested aliases?"


@pytest.mark.parametrize("text", ["a: " + "[" * 200_000, "a: " + "{b: " * 5000 + "}" * 5000])
def test_deep_nesting_is_refused_at_once(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    began = time.process_time()
    with pytest.raises(UsageError, match="nested too deeply"):
        load_experiment(file)
    assert time.process_time() - began < 1


def test_deep_indentation_is_refused(file: Path) -> None:
    file.write_text("\n".join(f"{' ' * depth}a:" for depth in range(120)), encoding="utf-8")
    with pytest.raises(UsageError, match="nested too deeply|levels"):
        load_experiment(file)


def test_an_alias_that_is_used_plainly_is_fine(file: Path) -> None:
    text = GOOD.replace("{recipe: closed_book, learning_rate: 1e-4}", "&a {recipe: closed_book, epochs: 3}")
    text = text.replace("  arms:\n", "    again: {<<: *a, epochs: 4}\n  arms:\n")
    file.write_text(text, encoding="utf-8")
    adapters = load_experiment(file).experiment.lab.adapters
    assert (adapters["knows"].epochs, adapters["again"].epochs) == (3, 4)
    assert adapters["again"].recipe == "closed_book"


def test_broken_utf8_is_told_with_line_and_byte(file: Path) -> None:
    file.write_bytes(GOOD.replace("# a comment", "# a comment\n# caf").encode() + b"# \xe9\n")
    with pytest.raises(UsageError, match=r"line 21: byte [0-9]+ is not UTF-8") as caught:
        load_experiment(file)
    assert caught.value.hint == "Save the file as UTF-8."
    file.write_text(GOOD, encoding="utf-16")
    with pytest.raises(UsageError, match="line 1: byte 0 is not UTF-8"):
        load_experiment(file)


def test_a_byte_order_mark_and_windows_lines_are_fine(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_experiment(file).experiment.name == "small"


@pytest.mark.parametrize("word", ["no", "yes", "off", "on", "n"])
def test_words_that_old_yaml_took_for_truth_values_are_words(file: Path, word: str) -> None:
    file.write_text(GOOD.replace("name: small", f"name: {word}"), encoding="utf-8")
    assert load_experiment(file).experiment.name == word


@pytest.mark.parametrize(("written", "read"), [("1e-4", 1e-4), ("1E-4", 1e-4), ("2", 2.0), (".5", 0.5), ("+0.1", 0.1)])
def test_numbers_are_numbers_however_written(file: Path, written: str, read: float) -> None:
    file.write_text(GOOD.replace("1e-4", written), encoding="utf-8")
    assert load_experiment(file).experiment.lab.adapters["knows"].learning_rate == read


def test_a_date_where_a_text_is_wanted_is_that_text(file: Path) -> None:
    file.write_text(GOOD.replace("name: small", "name: 2024-01-01"), encoding="utf-8")
    assert load_experiment(file).experiment.name == "2024-01-01"


def test_files_that_cannot_be_read(tmp_path: Path, file: Path) -> None:
    with pytest.raises(UsageError, match="there is no file") as caught:
        load_experiment(tmp_path / "smal.yaml")
    assert caught.value.hint == f"Did you mean {file}?"
    with pytest.raises(UsageError, match="is a folder") as caught:
        load_experiment(tmp_path)
    assert "small.yaml" in (caught.value.hint or "")
    for text, told in (("", "holds no settings"), ("[1, 2]", "holds no settings"), ("just words", "holds no settings")):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=told):
            load_experiment(file)
    file.write_text("#" * (MAX_FILE_BYTES + 1), encoding="utf-8")
    with pytest.raises(UsageError, match="larger than"):
        load_experiment(file)


def test_an_index_file_is_checked_as_well(file: Path) -> None:
    index = file.parent / "pages.yaml"
    index.write_text("name: pages\nchunking:\n  max_token: 64\n", encoding="utf-8")
    with pytest.raises(
        UsageError, match=r"line 3: chunking.max_token: no such key, did you mean max_tokens\?"
    ) as caught:
        load_experiment(file)
    assert str(index) in caught.value.message
    assert caught.value.hint == "`ragvsft schema index` prints every key with its meaning."
    index.write_text("name: pages\nfusion: ranked\n", encoding="utf-8")
    assert load_index(index).fusion == "ranked"


def test_overrides_are_read_as_yaml(file: Path) -> None:
    overrides = [
        "split.seed=3",
        "lab.waves=[2024-01-01]",
        "lab.adapters.knows.learning_rate=5e-4",
        "lab.arms.second={kind: rag, index: pages}",
        "lab.search.tries=4",
        "name=no",
    ]
    experiment = load_experiment(file, overrides).experiment
    assert experiment.split.seed == 3
    assert experiment.lab.waves == (date(2024, 1, 1),)
    assert experiment.lab.adapters["knows"].learning_rate == 0.0005
    assert "second" in experiment.lab.arms
    assert experiment.lab.search.tries == 4
    assert experiment.name == "no"


def test_the_last_override_of_a_key_holds(file: Path) -> None:
    assert load_experiment(file, ["split.seed=3", "split={seed: 4}", "split.seed=5"]).experiment.split.seed == 5


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("split.seed", "is not key=value"),
        ("=3", "is not key=value"),
        ("split.sede=3", "--set split.sede=3: no such key, did you mean seed?"),
        ("splt.seed=3", "--set splt.seed=3: splt: no such key, did you mean split?"),
        ("split.seed=x", "--set split.seed=x: must be a whole number (it is 'x')"),
        ("lab.waves.0=2024-01-01", "lab.waves has no keys of its own"),
        ("lab.arms.rag.index=nowhere", "--set lab.arms.rag.index=nowhere: no index is named 'nowhere'"),
        ("lab.arms={}", "--set lab.arms={}: at least one is needed"),
        ("lab.base=[1", "That is no valid YAML"),
        ("name=!!python/name:os.system", "the tag !!python/name:os.system is not allowed"),
    ],
)
def test_a_bad_override_is_named(file: Path, override: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_experiment(file, [override])
    assert told in f"{caught.value.message} {caught.value.hint}"
