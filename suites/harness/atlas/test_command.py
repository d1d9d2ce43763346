"""The atlas as it is typed: stopped and gone on with, a release that is not there, pages and answers."""

import sys

import pytest
from packaging.version import Version

from fixtures.atlas import __main__ as command
from fixtures.atlas import bare, book, measure
from fixtures.releases import published
from fixtures.releases.environment import NotInstalled


class Machine:
    """What would be measured: releases that are published, and what each leaves behind."""

    def __init__(self, monkeypatch, tmp_path, capsys, evidence_of):
        self.asked, self.ends, self.capsys, self.monkeypatch = [], {}, capsys, monkeypatch
        self.flags = ["--book", str(tmp_path / "atlas.json")], ["--folder", str(tmp_path / ".atlas")]
        self.file = tmp_path / "atlas.json"
        listed = [Version("0.12.0"), Version("0.11.0"), Version("0.10.0")]
        monkeypatch.setattr(published, "releases", lambda: listed)
        monkeypatch.setattr(measure, "ROOM", 0)  # whatever the disk that this runs on has left
        monkeypatch.setattr(measure, "made", self.made)
        monkeypatch.setattr(measure, "_run", lambda _python, _depth, file, _log: evidence_of(file, {}))
        monkeypatch.setattr(bare, "settings", lambda _, device: {"cache.block_size": {"cpu": 128, "cuda": 16}[device]})

    def made(self, release, folder):
        self.asked.append(release)
        folder.mkdir(parents=True)
        if release in self.ends:
            raise self.ends.pop(release)
        return folder / "bin" / "python"

    def type(self, *words):
        first, then = self.flags
        self.monkeypatch.setattr(sys, "argv", ["atlas", *first, *words, *(then if words[0] != "between" else [])])
        code = command.main()
        printed = self.capsys.readouterr()
        return code, printed.out + printed.err


@pytest.fixture
def machine(monkeypatch, tmp_path, capsys, evidence_of):
    return Machine(monkeypatch, tmp_path, capsys, evidence_of)


@pytest.mark.parametrize(
    "end", [KeyboardInterrupt(), OSError(28, "No space left on device"), measure.Stopped("killed")]
)
def test_an_atlas_goes_on_where_it_was_stopped(machine, end):
    """However it is stopped, finished releases MUST stay and only the rest be measured by the same command."""
    machine.ends["0.11.0"] = end
    code, said = machine.type("measure")
    assert code in (2, 130)
    assert "the same command goes on" in said
    assert list(book.read(machine.file)) == ["0.12.0"]
    assert machine.type("measure")[0] == 0
    assert machine.asked == ["0.12.0", "0.11.0", "0.11.0", "0.10.0"]
    assert all(one.defaults["cuda"] == {"cache.block_size": 16} for one in book.read(machine.file).values())
    assert not list((machine.file.parent / ".atlas" / "environments").iterdir())


def test_a_release_that_cannot_be_installed_is_a_row_and_tried_again(machine):
    """It MUST have its reason, end nothing, and be tried by the next call, as the network may have been away."""
    machine.ends["0.11.0"] = NotInstalled("uv pip: no solution")
    assert machine.type("measure")[0] == 0
    assert book.read(machine.file)["0.11.0"].error == "uv pip: no solution"
    machine.type("measure")
    assert machine.asked[3:] == ["0.11.0"]
    assert book.read(machine.file)["0.11.0"].measured


def test_a_full_disk_is_seen_before_a_run(machine, monkeypatch):
    """Too little room for an environment MUST stop it with the figures, before anything is made."""
    monkeypatch.setattr(measure, "ROOM", 1e18)
    code, said = machine.type("measure", "0.12.0")
    assert code == 2
    assert "GB left, and an environment needs" in said
    assert not machine.asked


def test_the_command_writes_pages_and_answers(machine):
    """`write` MUST make the pages out of the evidence alone; `between` answers by its exit code."""
    machine.type("measure")
    machine.file.unlink()
    code, said = machine.type("write")
    assert (code, "3 releases" in said) == (0, True)
    assert (machine.file.parent / "atlas.html").is_file()
    code, said = machine.type("between", "0.10.0", "0.12.0")
    assert code == 0
    assert said.startswith("0.12.0 holds what holds in 0.10.0")
    for unknown in ("0.13.0", "latest", "0.19.x"):
        code, said = machine.type("between", "0.10.0", unknown)
        assert code == 2
        assert said.startswith(f"{unknown}: no release that ")
