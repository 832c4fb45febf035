"""`ragvsft init --from`: from one's own files to an experiment that can be planned, with the arms its data allows."""

import csv
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from calling import Call, environment
from document_files import pdf, scanned_pdf
from ragvsft.config.experiment import Experiment
from ragvsft.config.loading import load_experiment
from ragvsft.data.read import read_dataset
from ragvsft.data.splitting import draw_split

TREES = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Rowan", "Willow")
ASKS = (
    ("What does a night at the {} lodge cost?", "A night costs {} euros."),
    ("How many beds has the {} lodge?", "It has {} beds."),
    ("How high stands the {} lodge?", "It stands at {} metres."),
)


@pytest.fixture
def lodges(tmp_path: Path) -> Path:
    """A folder of twelve PDFs."""
    folder = tmp_path / "lodges"
    folder.mkdir()
    for n, tree in enumerate(TREES):
        lines = [text.format(value(n, m)) for m, (_, text) in enumerate(ASKS)]
        (folder / f"{tree.lower()}.pdf").write_bytes(pdf([(f"The {tree} lodge", 18), *lines]))
    return folder


def value(n: int, m: int) -> int:
    return 100 + 10 * n + m


def write_sheet(path: Path, columns: str, rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns.split(","), *rows])
    return path


def one_phrasing() -> list[tuple[object, ...]]:
    return [
        (question.format(tree), value(n, m), tree.lower())
        for n, tree in enumerate(TREES)
        for m, (question, _) in enumerate(ASKS)
    ]


def experiment_of(folder: Path) -> Experiment:
    """The written experiment, whose split can be drawn."""
    loaded = load_experiment(folder / "experiments" / "mine.yaml")
    dataset = read_dataset(loaded.beside(loaded.experiment.dataset))
    split = draw_split(dataset, loaded.experiment.split, loaded.experiment.lab.waves or (dataset.snapshots[-1],))
    assert len(split.tested) >= 1
    return loaded.experiment


def test_documents_alone_give_a_sheet_and_with_it_filled_in_an_experiment(
    call: Call, lodges: Path, tmp_path: Path
) -> None:
    (lodges / "scan.pdf").write_bytes(scanned_pdf())
    folder = tmp_path / "project"
    said = call("init", folder, "--from", lodges)
    assert said.code == 0, said.err
    sheet = folder / "questions.csv"
    assert said.out == f"{sheet}\n"
    assert "12 documents and no questions yet" in said.err
    assert "PDF without a text layer (scanned)), such as scan.pdf" in said.err
    assert f"Next: ragvsft init {folder} --from {lodges} --questions {sheet}" in said.err
    assert [path.name for path in folder.iterdir()] == ["questions.csv"]
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    filled: dict[str, int] = {}
    for row in rows:
        tree = row["document"].removesuffix(".pdf")
        m = filled[tree] = filled.get(tree, -1) + 1
        if m < len(ASKS):
            row["question"] = ASKS[m][0].format(tree.title())
            row["answers"] = str(value(TREES.index(tree.title()), m))
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    said = call("init", folder, "--from", lodges)
    assert said.code == 0, said.err
    assert "36 questions" in said.err
    assert str(folder / "experiments" / "mine.yaml") in said.out.splitlines()
    experiment = experiment_of(folder)
    assert set(experiment.lab.arms) == {
        "closed_book", "rag", "fine_tuned", "hybrid_naive", "hybrid_mixed", "hybrid_reader", "oracle",
    }  # fmt: skip
    assert {adapter.facts for adapter in experiment.lab.adapters.values()} == {"disjoint"}
    assert experiment.split.dev_facts
    planned = call("plan", folder / "experiments" / "mine.yaml")
    assert planned.code == 0, planned.err
    assert "tested facts" in planned.out


def test_several_phrasings_and_dated_folders_give_waves_and_adapters_of_tested_facts(
    call: Call, tmp_path: Path
) -> None:
    source, sheet = tmp_path / "lodges", tmp_path / "sheet.csv"
    days = [f"2024-{month:02}-01" for month in range(1, 7)]
    rows: list[tuple[object, ...]] = []
    for k, day in enumerate(days):
        (source / day).mkdir(parents=True)
        for n, tree in enumerate(TREES * 2):
            (source / day / f"{tree.lower()}-{n}.md").write_text(
                f"# {tree} {n}\n\nA night costs {n + k} euros.\n", "utf-8"
            )
            for word, split in (
                ("What costs", "train"),
                ("How dear is", "train"),
                ("Price of", "dev"),
                ("Tell", "test"),
            ):
                rows.append((f"{word} a night at {tree} {n}?", n + k, f"{tree.lower()}-{n}", split, f"fee-{n}", day))
    write_sheet(sheet, "question,answers,document,split,fact_id,valid_from", rows)
    said = call("init", tmp_path / "project", "--from", source, "--questions", sheet)
    assert said.code == 0, said.err
    experiment = experiment_of(tmp_path / "project")
    assert [str(wave) for wave in experiment.lab.waves] == ["2024-01-01", "2024-03-01", "2024-04-01", "2024-06-01"]
    assert experiment.lab.adapters["knows"].facts == "tested"
    assert experiment.lab.adapters["mixed"].policy == "every_wave"
    assert experiment.lab.adapters["reader"].facts == "disjoint"
    assert (experiment.split.tested_facts, experiment.split.training_only_facts) == (14, 10)
    assert experiment.split.dev_facts is None
    text = (tmp_path / "project" / "experiments" / "mine.yaml").read_text("utf-8")
    assert "4 of 6 snapshots" in text
    assert call("plan", tmp_path / "project" / "experiments" / "mine.yaml").code == 0


def test_labels_without_documents_named_leave_out_what_needs_them(call: Call, lodges: Path, tmp_path: Path) -> None:
    rows = [(f"Is lodge {n} open?", "yes" if n % 3 else "no") for n in range(60)]
    sheet = write_sheet(tmp_path / "sheet.csv", "question,label", list(rows))
    said = call("init", tmp_path / "project", "--from", lodges, "--questions", sheet, "--language", "de")
    assert said.code == 0, said.err
    experiment = experiment_of(tmp_path / "project")
    assert set(experiment.lab.arms) == {"closed_book", "rag", "fine_tuned", "hybrid_naive"}
    text = (tmp_path / "project" / "experiments" / "mine.yaml").read_text("utf-8")
    assert "task label" in text
    assert "it knows English; for de name one" in text
    assert "No oracle" in text


def test_a_single_document_has_no_fact_to_train_on(call: Call, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Fees\n\nA night costs 9 euros. It has 4 beds.\n", "utf-8")
    sheet = write_sheet(tmp_path / "s.csv", "question,answers,document", [("Fee?", 9, "page"), ("Beds?", 4, "page")])
    said = call("init", tmp_path / "project", "--from", tmp_path / "page.md", "--questions", sheet)
    assert said.code == 0, said.err
    experiment = experiment_of(tmp_path / "project")
    assert set(experiment.lab.arms) == {"closed_book", "rag", "oracle"}
    assert experiment.lab.search.tries == 0
    assert call("plan", tmp_path / "project" / "experiments" / "mine.yaml").code == 0


def test_a_dataset_folder_is_used_where_it_lies(call: Call, lodges: Path, tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path / "sheet.csv", "question,answers,document", one_phrasing())
    here = tmp_path / "it's here"
    assert call("data", "import", lodges, here / "set", "--questions", sheet).code == 0
    said = call("init", tmp_path / "project", "--from", here / "set")
    assert said.code == 0, said.err
    assert experiment_of(tmp_path / "project").dataset == "../../it's here/set"
    assert not (tmp_path / "project" / "data").exists()


def test_what_is_there_is_not_overwritten(call: Call, lodges: Path, tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path / "sheet.csv", "question,answers,document", one_phrasing())
    arguments = ("init", tmp_path / "project", "--from", lodges, "--questions", sheet)
    assert call("init", tmp_path / "project").code == 0
    # The empty starter may go, for nobody wrote anything into it.
    assert call(*arguments).code == 0
    mine = tmp_path / "project" / "experiments" / "mine.yaml"
    before = mine.read_bytes()
    again = call(*arguments)
    assert again.code == 2
    assert f"{mine} is there already" in again.err
    mine.unlink()
    again = call(*arguments)
    assert again.code == 2
    assert f"--from {tmp_path / 'project' / 'data' / 'mine'}" in again.err
    assert not mine.exists()
    assert call("init", tmp_path / "project", "--from", tmp_path / "project" / "data" / "mine").code == 0
    assert mine.read_bytes() == before


def test_a_wrong_sheet_leaves_no_experiment_behind(call: Call, lodges: Path, tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path / "sheet.csv", "question,answers,document", [("Fee?", 9, "aldre.pdf")])
    said = call("init", tmp_path / "project", "--from", lodges, "--questions", sheet)
    assert said.code == 1
    assert "sheet.csv, line 2: there is no document 'aldre.pdf'; did you mean 'alder.pdf'?" in said.err
    assert not list((tmp_path / "project").iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("--demo", "--from", "x"), "exclude each other"), (("--questions", "x.csv"), "need a source")],
)
def test_options_that_do_not_go_together(call: Call, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    said = call("init", tmp_path / "project", *arguments)
    assert said.code == 2
    assert says in said.err
    assert not (tmp_path / "project").exists()


def test_a_folder_of_documents_as_the_place_to_write_is_pointed_out(call: Call, lodges: Path) -> None:
    assert f"ragvsft init --from {lodges}" in call("init", lodges).err


def test_somebody_at_a_terminal_is_asked(lodges: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ragvsft", "init"],
        cwd=tmp_path,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment(),
    )
    os.close(theirs)
    os.write(ours, f"'{lodges}'\n".encode())
    out, _ = process.communicate(timeout=60)
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    assert process.returncode == 0, said
    assert "Where are your documents" in said
    assert out.decode().strip() == "questions.csv"
    assert (tmp_path / "questions.csv").exists()
