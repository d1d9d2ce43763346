"""The page and the badge of an older run: made of its evidence file alone, by the two commands."""

import re

import pytest

from fixtures.judging import evidence
from fixtures.reports import badge
from fixtures.reports.page import __main__ as command
from fixtures.reports.page import content

SWITCH = "set logprobs_mode=processed_logprobs"
LATER = ("date",)  # keys that an older file of this schema lacks
LATER_OF_A_ROW = ("message", "by_position", "timeline", "test")


def _command(monkeypatch, module, *arguments):
    monkeypatch.setattr("sys.argv", ["it", *map(str, arguments)])
    return module.main()


def test_page_of_an_old_file(failed, monkeypatch, tmp_path):
    """A file of this schema without its later keys MUST still become a page, from the command line."""
    old = {k: v for k, v in failed.items() if k not in LATER}
    old["cases"] = [{k: v for k, v in r.items() if k not in LATER_OF_A_ROW} for r in failed["cases"]]
    evidence.write(tmp_path / "old.json", old)
    assert _command(monkeypatch, command, tmp_path / "old.json", tmp_path / "page") == 0
    page = (tmp_path / "page" / "index.html").read_text()
    assert "not in this evidence file" in page
    assert SWITCH in page
    assert "Again: " not in page


def test_page_is_made_again_beside_its_evidence(failed, monkeypatch, tmp_path):
    """The page of the evidence that lies in the report's own folder MUST be made, and leave that evidence whole."""
    evidence.write(tmp_path / "evidence.json", failed)
    assert _command(monkeypatch, command, tmp_path / "evidence.json", tmp_path) == 0
    assert evidence.read(tmp_path / "evidence.json") == failed


@pytest.mark.parametrize("module", [command, badge], ids=["page", "badge"])
def test_other_files_are_named(module, monkeypatch, tmp_path, capsys):
    """What is no evidence of this schema MUST be refused in a sentence that names it, and nothing be written."""
    older = '{"schema": "logprob-conformance/1", "verdict": "pass", "error": null}'
    file, made = tmp_path / "other.json", tmp_path / "made"
    for text in (older, "no JSON", "[]"):
        file.write_text(text)
        with pytest.raises(SystemExit) as ended:
            _command(monkeypatch, module, file, made)
        assert ended.value.code == 2
        assert str(file) in capsys.readouterr().err
        assert not made.exists()


def test_badge_says_the_verdict(failed, monkeypatch, tmp_path):
    """The badge MUST name engine and verdict in a colour of its own."""
    colours = set()
    for verdict, said in content.SAID.items():
        evidence.write(tmp_path / "e.json", failed | {"verdict": verdict.value, "error": "it died"})
        _command(monkeypatch, badge, tmp_path / "e.json", tmp_path / "b.svg")
        svg = (tmp_path / "b.svg").read_text()
        assert f'aria-label="toy 1.0: {said}"' in svg
        colours |= set(re.findall(r'<rect x="[^>]*fill="(#\w+)"', svg))
    assert len(colours) == len(content.SAID)
