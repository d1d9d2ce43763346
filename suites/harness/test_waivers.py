"""A waiver that cannot stand fails the run."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

WAIVERS = "waivers.toml"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('parameters = ["min_p", "top_p"]', 'cases = ["00000000"]', "matches no case; remove it"),
        ('pins = "v1_order"', 'pins = "anything"', "pins is one of v1_order"),
        ('versions = "==1.*"', 'versions = "one"', "is no version range"),
        ("[[waiver]]", "[[waver", "not a waiver file"),
        ("[[waiver]]", "[[waver]]", "unknown tables waver"),
        ('reason = "', 'reason = "" # "', "reason must not be empty"),
        ("until = 2099-12-31", 'until = "soon"', "until must be a date"),
    ],
)
def test_waiver_that_cannot_stand(toy_golden, gate, before, after, said):
    """A waiver matching nothing, or unreadable, MUST end the run with a sentence."""
    path = toy_golden / WAIVERS
    path.write_text(path.read_text().replace(before, after))
    done = gate(suites=("suites/logprobs/test_prompt.py",))
    assert done.code == 1
    assert said in done.output


def test_waiver_for_another_version_does_not_hold(toy_golden, gate):
    """A waiver MUST hold for its versions only."""
    path = toy_golden / WAIVERS
    path.write_text(path.read_text().replace("==1.*", "==0.9"))
    done = gate(suites=("suites/logprobs/test_prompt.py",))
    assert done.code == 1
    assert "logprobs.prompt/temperature-weather" in done.output


def _until(toy_golden, day):
    path = toy_golden / WAIVERS
    path.write_text(path.read_text().replace("until = 2099-12-31", f"until = {day}"))


def test_waiver_past_its_date_fails_what_it_bears_on(toy_golden, gate):
    """A waiver past its date MUST fail the cases it bears on and name itself; other cases MUST go on."""
    _until(toy_golden, "2020-01-01")
    file = toy_golden / "evidence.json"
    suites = ("suites/logprobs/test_processed.py", "suites/sampling/test_parameters.py")
    done = gate(f"--evidence={file}", suites=suites)
    assert done.code == 1
    assert "waiver min-p-before-top-p ended on 2020-01-01" in done.output
    failed = [c["case"] for c in json.loads(file.read_text())["cases"] if c["verdict"] == "disagrees"]
    assert failed
    assert all("min-p-with-top-p" in case for case in failed), failed


def test_end_of_a_waiver_is_announced(toy_golden, gate):
    """A waiver that a run used and that ends within sixty days MUST be announced, and not fail."""
    soon = datetime.now(UTC).date() + timedelta(days=30)
    _until(toy_golden, soon)
    done = gate(suites=("suites/sampling/test_parameters.py",))
    assert done.code == 0, done.output
    assert f"waiver min-p-before-top-p ends on {soon}, in 30 days: look again" in done.output


def _filled(proposed):
    """What a person adds to a proposal."""
    return proposed.read_text().replace('reason = ""', 'reason = "known"').replace('link = ""', 'link = "a thread"')


def test_proposed_waiver_can_be_accepted(toy_golden, gate, tmp_path):
    """For what fails a waiver MUST be proposed that, once accepted, waives that and nothing else."""
    declared, proposed = toy_golden / WAIVERS, tmp_path / "proposed.toml"
    kept = declared.read_text()
    fault = '--engine-setting=faults=["mask_left_behind"]'
    suites = ("suites/sampling/test_leftovers.py",)
    assert gate(fault, f"--propose-waivers={proposed}", suites=suites).code == 1
    declared.write_text(kept + "\n" + proposed.read_text())
    refused = gate(fault, suites=suites)
    assert "reason and link must not be empty" in refused.output
    declared.write_text(kept + "\n" + _filled(proposed))
    done = gate(fault, suites=suites)
    assert done.code == 0, done.output
    assert gate(suites=suites).code == 1  # it holds no longer


def test_proposed_waiver_pins_what_v1_does(toy_golden, gate, tmp_path):
    """A case that differs by V1's order MUST be proposed as pinned to it, by id; a finding no pin explains as none."""
    declared, proposed = toy_golden / WAIVERS, tmp_path / "proposed.toml"
    kept = declared.read_text()
    declared.write_text(kept.replace('versions = "==1.*"', 'versions = "==0.9"'))
    options = (f"--propose-waivers={proposed}", "-k", "min-p-with-top-p or temperature")
    suites = ("suites/sampling/test_parameters.py",)
    assert gate(*options, '--engine-setting=faults=["skips_temperature"]', suites=suites).code == 1
    assert "nothing here can waive sampling." in proposed.read_text()
    assert "temperature" in proposed.read_text()
    proposed.unlink()
    assert gate(*options, suites=suites).code == 1
    assert 'pins = "v1_order"' in proposed.read_text()
    declared.write_text(declared.read_text() + "\n" + _filled(proposed))
    done = gate("-k", "min-p-with-top-p or temperature", suites=suites)
    assert done.code == 0, done.output


def test_every_failure_is_proposed_or_said_to_be_beyond_waivers(gate, tmp_path):
    """Where golden kept no raw logits to tell by, a failure MUST still be listed, and its message be the usual one."""
    proposed = tmp_path / "proposed.toml"
    done = gate("--engine-setting=logprobs_mode=raw_logprobs", f"--propose-waivers={proposed}")
    failed = int(re.search(r"(\d+) failed", done.output)[1])
    assert proposed.read_text().count("nothing here can waive") == failed
    assert "set logprobs_mode=processed_logprobs" in done.output
    proposed.unlink()
    gate(f"--propose-waivers={proposed}", "-k", "neutral")
    assert "there is nothing to propose" in proposed.read_text()


def test_proposals_overwrite_nothing(toy_golden, gate):
    """--propose-waivers MUST refuse a file that is there."""
    done = gate(f"--propose-waivers={toy_golden / WAIVERS}")
    assert done.code == 4
    assert "name a new file" in done.output


MOST = '--engine-setting=most={"allowed_token_ids": 2}'
LISTED = ("suites/sampling/test_parameters.py", "-k", "allowed")


def _listed(gate, tmp_path):
    file = tmp_path / "evidence.json"
    done = gate(MOST, f"--evidence={file}", suites=LISTED)
    return done, json.loads(file.read_text())["cases"]


def test_list_longer_than_an_engine_takes_is_not_sent(gate, declare, tmp_path):
    """A case that would end the engine MUST be not run, with the reason; declared by its id it MUST fail no run."""
    done, rows = _listed(gate, tmp_path)
    longer = {r["case"] for r in rows if r["verdict"] == "not run"}
    assert done.code == 1
    assert longer
    assert "allowed_token_ids, and the model runner of toy 1.0 takes 2" in done.output
    ids = re.findall(r"sampling.allowed_token_ids/[\w-]+-([0-9a-f]{8})", " ".join(longer))
    declare("unreachable", "short-lists", cases=ids)
    again, rows = _listed(gate, tmp_path)
    assert {r["case"] for r in rows if r["verdict"] == "not run" and r["waiver"] == "short-lists"} == longer
    assert again.code == 0, again.output


def test_entry_of_states_and_cases_is_refused(gate, declare):
    """What cannot be asked MUST be named by its states or by its cases."""
    declare("unreachable", "neither")
    done = gate(suites=LISTED)
    assert done.code == 1
    assert "either states or cases are given" in done.output
