"""Names never lead out of the root; runs are found, listed and removed by the names people type."""

from pathlib import Path

import pytest

from ragvsft.core.errors import RagvsftError, UsageError
from ragvsft.runs.folder import adapter_folder, find_run, list_runs, named_run, remove_run, run_folder
from runs.making import FIRST, Maker

BAD_NAMES = [
    "",
    ".",
    "..",
    "../../x",
    "/etc",
    "a/b",
    "a\\b",
    "a\0b",
    "-x",
    "_x",
    ".hidden",
    "x" * 65,
    "x" * 300,
    "é",
    "a b",
    "CON",
    "con.txt",
    "LPT1",
    "name\n",
    "%2e%2e",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_makes_no_folder(maker: Maker, name: str) -> None:
    with pytest.raises(UsageError):
        run_folder(maker.root, name, "ab" * 32)
    with pytest.raises(UsageError):
        adapter_folder(maker.root, name, FIRST, 0)
    with pytest.raises(UsageError):
        named_run(maker.root, f"{name}-abababababab" if name else name)
    assert not maker.root.exists()


@pytest.mark.parametrize("run_hash", ["", "xyz", "ABABABABABAB", "ab" * 5, "ab" * 33, "../../../../.."])
def test_a_bad_hash_makes_no_folder(maker: Maker, run_hash: str) -> None:
    with pytest.raises(UsageError):
        run_folder(maker.root, "demo", run_hash)


@pytest.mark.parametrize("name", ["a", "0", "A.b_c-d", "x" * 64, "console", "handbook-2024.11"])
def test_a_good_name_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    assert run_folder(tmp_path, name, "0123456789ab" + "c" * 52) == tmp_path / f"{name}-0123456789ab"


def test_a_link_out_of_the_root_is_not_followed(maker: Maker, tmp_path: Path) -> None:
    with maker.open():
        pass
    other = tmp_path / "other"
    other.mkdir()
    (other / maker.folder.name).symlink_to(maker.folder)
    with pytest.raises(UsageError, match="outside"):
        named_run(other, maker.folder.name)
    with pytest.raises(UsageError, match="outside"):
        run_folder(other, "demo", maker.run_hash)
    with pytest.raises(UsageError, match="no run folder"):
        remove_run(other / maker.folder.name)
    assert list_runs(other) == ()
    (maker.root / "alias-abababababab").symlink_to(maker.folder)
    with pytest.raises(UsageError, match="outside"):
        named_run(maker.root, "alias-abababababab")
    assert [summary.folder for summary in list_runs(maker.root)] == [maker.folder]
    assert (maker.folder / "run.db").exists()


def test_runs_are_found_by_what_people_type(maker: Maker) -> None:
    with maker.open():
        pass
    with maker.open(run_hash="cd" * 32) as run:
        second = run.folder
    folder = maker.folder
    for text in (folder.name, str(folder), str(folder / "manifest.json"), str(folder / "run.db"), "demo-ab"):
        assert find_run(maker.root, text) == folder.resolve()
    assert find_run(maker.root, "demo-cdc") == second.resolve()
    with pytest.raises(UsageError, match="any of 2 runs") as raised:
        find_run(maker.root, "demo")
    assert folder.name in str(raised.value.hint)
    remove_run(second)
    assert find_run(maker.root, "demo") == folder.resolve()
    with pytest.raises(UsageError) as raised:
        find_run(maker.root, "demmo")
    assert f"did you mean {folder.name}?" == raised.value.hint


@pytest.mark.parametrize("text", ["", "a\0b", "../../etc", "x" * 5000, "nothing", "~no-such-user/x"])
def test_what_is_not_there_is_told_with_what_is(maker: Maker, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        find_run(maker.root, text)
    assert "ragvsft run" in str(raised.value.hint)
    with maker.open():
        pass
    with pytest.raises(UsageError) as raised:
        find_run(maker.root, text)
    assert maker.folder.name in str(raised.value.hint)


def test_a_list_shows_broken_runs_last_and_says_why(maker: Maker) -> None:
    with maker.open():
        pass
    with maker.open(run_hash="cd" * 32):
        pass
    with maker.open(run_hash="ef" * 32) as broken:
        pass
    (broken.folder / "manifest.json").write_text("{torn")
    (maker.root / "not a run").mkdir()
    (maker.root / "file-abababababab").write_text("")
    with maker.open() as running:
        newest, oldest, last = list_runs(maker.root)
        assert running.folder == oldest.folder
        assert (newest.state, oldest.state, last.state) == ("finished", "running", None)
    assert newest.folder.name == "demo-cdcdcdcdcdcd"
    assert newest.name == "demo"
    assert last.folder == broken.folder
    assert "damaged" in str(last.problem)


def test_removing_takes_only_run_folders(maker: Maker, tmp_path: Path) -> None:
    with maker.open():
        pass
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    lookalike = maker.root / "photos-abababababab"
    lookalike.mkdir()
    for folder in (precious, lookalike, maker.root, maker.folder / "missing"):
        with pytest.raises(UsageError, match="nothing was deleted"):
            remove_run(folder)
    assert (precious / "file").exists()
    assert lookalike.exists()
    remove_run(maker.folder)
    assert sorted(path.name for path in maker.root.iterdir()) == ["photos-abababababab"]


def test_a_run_that_is_handed_the_manifest_of_another_is_refused(maker: Maker) -> None:
    with pytest.raises(RagvsftError, match="handed in"):
        maker.open(manifest=maker.manifest(name="other"))
