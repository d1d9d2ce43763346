"""The evidence file: never green for what did not run, and it says under what its verdict stands."""

import hashlib
import json
import re

import pytest
from jsonschema import Draft202012Validator

from fixtures.judging import evidence
from fixtures.models.checkpoints import ModelUnusable
from fixtures.models.twins import Twins
from fixtures.plugin import whole

GREEN = json.dumps({"schema": evidence.SCHEMA, "verdict": "pass"})


@pytest.fixture
def file(tmp_path):
    """An earlier run's green file."""
    path = tmp_path / "evidence.json"
    path.write_text(GREEN)
    return path


def _read(file):
    return json.loads(file.read_text())


def test_run_that_cannot_start_leaves_no_green_file(gate, file):
    """A refused run MUST NOT leave an earlier run's verdict standing: bad flag, bad setting, damaged golden."""
    refused = ("--profile=nonsense", "--tier=nonsense", "--engine-setting=nonsense", "--waivers=nowhere")
    for flag in (*refused, "--golden-root=/nowhere"):
        file.write_text(GREEN)
        assert gate(f"--evidence={file}", flag).code == 4
        assert _read(file)["verdict"] == "error", flag
        assert flag.partition("=")[2] in _read(file)["error"]


def test_run_that_chose_nothing_leaves_no_green_file(gate, file):
    """Where no test was chosen the file MUST say that nothing was asked."""
    assert gate(f"--evidence={file}", "-k", "nothing_is_called_so").code == 5
    assert _read(file)["verdict"] == "error"
    assert "asked no engine" in _read(file)["error"]


def test_engine_that_died_is_an_error(gate, file):
    """An engine that failed MUST be no verdict on its numbers, and the file MUST say which failed."""
    done = gate(f"--evidence={file}", '--engine-setting=faults=["dies"]')
    assert done.code == 1
    assert _read(file)["verdict"] == "error"
    assert "engine toy died" in _read(file)["error"]
    assert "\nverdict error: no verdict on toy" in done.output
    assert gate(f"--evidence={file}", '--engine-setting=faults=["cannot_start"]').code == 1
    assert "was told not to start" in _read(file)["error"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ModelUnusable("the folder has other tensors"), "the folder has other tensors"),
        (ValueError("lost"), "could not be asked: ValueError: lost"),
    ],
)
def test_clause_that_could_not_be_asked_is_an_error(gate, file, monkeypatch, fault, said):
    """Weights that are not what they should be, or a fault of this suite, MUST leave no verdict, and be named last."""

    def pair(*_):
        raise fault

    monkeypatch.setattr(Twins, "pair", pair)
    done = gate(
        f"--evidence={file}", suites=("suites/logprobs/test_processed.py", "suites/weights/test_prefix_cache.py")
    )
    assert done.code == 1
    assert _read(file)["verdict"] == "error"
    assert said in _read(file)["error"]
    assert said in next(line for line in done.output.splitlines() if line.startswith("verdict "))


def test_part_of_the_gate_is_partial(gate, file):
    """A green run of one case, one suite or one tier MUST be partial and say what was left out."""
    for choice in (("--tier=first",), ("-k", "neutral")):
        done = gate(f"--evidence={file}", *choice)
        assert done.code == 0, done.output
        assert _read(file)["verdict"] == "partial", choice
        assert "all of suites/caching/" in _read(file)["left_out"]
        assert "NOT ASKED: " in done.output
    assert any(left.endswith(" of suites/logprobs/test_processed.py") for left in _read(file)["left_out"])


def test_whole_gate_of_a_profile_is_a_pass(gate, file, monkeypatch):
    """A green run that left out nothing of the gate MUST pass; without one test of one case it MUST NOT."""
    monkeypatch.setattr(whole, "TIERS", {"first": ("logprobs/test_processed.py",), "rest": ("logprobs/test_modes.py",)})
    suites = [f"suites/logprobs/test_{name}.py" for name in ("processed", "modes")]
    done = gate(f"--evidence={file}", suites=suites)
    assert done.code == 0, done.output
    assert (_read(file)["verdict"], _read(file)["left_out"]) == ("pass", [])
    assert re.search(r" in [\d.]+s\nverdict pass: toy 1.0 conforms under cpu-fp32", done.output)  # below pytest's own
    gate(f"--evidence={file}", "-k", "not raw_logits", suites=suites)
    assert _read(file)["verdict"] == "partial"
    assert all(left.endswith(" of suites/logprobs/test_modes.py") for left in _read(file)["left_out"])
    one = next(line for line in gate("--collect-only", "-q", suites=suites[:1]).output.splitlines() if "::" in line)
    gate(f"--evidence={file}", suites=(one, suites[1]))
    assert _read(file)["verdict"] == "partial"
    assert any("named one by one" in left for left in _read(file)["left_out"])


def test_circumstances_are_recorded(gate, toy_golden, file):
    """Selection, overrides, waivers, the planted fault, golden's manifest and the version MUST be in the file."""
    gate(f"--evidence={file}", "-k", "neutral", "--engine-setting=block_size=8", "--plant=stale_history")
    found = _read(file)
    assert found["selection"]["keyword"] == "neutral"
    assert found["engine_settings"] == {"block_size": 8}
    assert found["plant"] == "stale_history"
    assert found["version"]
    for what, name in ((found["waivers"]["sha256"], "waivers.toml"), (found["golden"]["manifest"], "manifest.json")):
        assert what == hashlib.sha256((toy_golden / name).read_bytes()).hexdigest()


def test_every_file_follows_the_schema(gate, file):
    """What a run writes at its start and at its end MUST follow evidence.schema.json; what it forbids MUST be seen."""
    check = Draft202012Validator(json.loads(evidence.SCHEMA_FILE.read_text()))
    gate(f"--evidence={file}", "--profile=nonsense")
    check.validate(_read(file))
    gate(f"--evidence={file}", "-k", "neutral")
    found = _read(file)
    check.validate(found)
    for wrong in ({"verdict": "green"}, {"cases": [found["cases"][0] | {"verdict": "fine"}]}, {"left_out": None}):
        assert not check.is_valid(found | wrong), wrong


def test_other_files_are_not_written_over(gate, tmp_path):
    """--evidence MUST refuse a file that holds something else, and leave it as it was."""
    other = tmp_path / "notes.md"
    other.write_text("keep me")
    done = gate(f"--evidence={other}")
    assert done.code == 4
    assert "something else" in done.output
    assert other.read_text() == "keep me"


def test_infinite_difference_shows_as_such(gate, file):
    """Where a token has no probability on one side alone the table MUST say infinite, not the worst finite number."""
    done = gate(f"--evidence={file}", '--engine-setting=faults=["skips_top_k"]', "-k", "top-k")
    rows = [c for c in _read(file)["cases"] if c["infinite"]]
    assert done.code == 1
    assert rows
    line = next(line for line in done.output.splitlines() if line.strip().startswith(rows[0]["clause"] + " "))
    assert " infinite " in line
