"""Resolved defaults: frozen once, a changed one is shown, one that moves a logprob fails the run."""

import hashlib
import json

import pytest

SUITE = "suites/defaults"


@pytest.fixture
def frozen(toy_golden, record):
    """The toy's defaults, frozen, and a way to have been another version when they were."""
    done = record("--golden-record=defaults")
    assert "recorded defaults/toy-1.0-cpu.json" in done.output
    (path,) = (toy_golden / "defaults").glob("*.json")

    def was(**settings):
        content = json.loads(path.read_text())
        content["bare"] |= {f"toy.{name}": value for name, value in settings.items()}
        path.write_text(json.dumps(content))
        manifest = json.loads((toy_golden / "manifest.json").read_text())
        manifest["defaults"]["defaults/toy-1.0-cpu.json"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        (toy_golden / "manifest.json").write_text(json.dumps(manifest))

    return was


def _evidence(gate, tmp_path):
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", suites=(SUITE,))
    return done, {c["case"]: c for c in json.loads(file.read_text())["cases"]}


@pytest.mark.usefixtures("frozen")
def test_unchanged_defaults_pass_and_are_listed(gate, tmp_path):
    """Against its own frozen defaults a version MUST pass, and what the profile sets instead MUST be listed."""
    done, settings = _evidence(gate, tmp_path)
    assert done.code == 0, done.output
    assert "ChangedDefault" not in done.output
    mode = settings["toy.logprobs_mode"]["setting"]
    assert (mode["here"], mode["profile"]) == ("raw_logprobs", "processed_logprobs")
    assert mode["first"] == mode["frozen"] == "1.0"  # a set of another recorder has no column of V0's
    assert mode["effect"]["moves"]
    assert mode["effect"]["frozen"]
    assert "defaults of toy 1.0" in done.output
    assert f"*: as frozen on {mode['effect']['frozen']}, not measured again" in " ".join(done.output.split())
    assert json.loads((tmp_path / "evidence.json").read_text())["work"] == {"starts": 0, "steps": 0}


def test_changed_default_that_moves_nothing_is_a_warning(frozen, gate, tmp_path):
    """A changed default without an effect MUST be shown with what was measured, and MUST NOT fail the run."""
    frozen(block_size=64)
    done, settings = _evidence(gate, tmp_path)
    assert done.code == 0, done.output
    assert "ChangedDefault: toy.block_size: 64 before, 16 now; moves a logprob by" in done.output
    assert settings["toy.block_size"]["verdict"] == "agrees"
    assert not settings["toy.block_size"]["setting"]["effect"]["frozen"]


@pytest.mark.usefixtures("frozen")
def test_frozen_effect_of_another_profile_is_not_taken(gate, tmp_path):
    """What a default moves MUST be measured where the profile is not the one it was frozen under."""
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", "--engine-setting=block_size=4", suites=(SUITE,))
    assert done.code == 0, done.output
    effects = [c["setting"]["effect"] for c in json.loads(file.read_text())["cases"] if c["setting"]]
    assert effects
    assert not [e for e in effects if e and e["frozen"]]


def test_changed_default_that_moves_logprobs_fails(frozen, gate, tmp_path):
    """A changed default that moves a logprob MUST fail the run and be named."""
    frozen(logprobs_mode="processed_logprobs")
    done, settings = _evidence(gate, tmp_path)
    assert done.code == 1
    assert settings["toy.logprobs_mode"]["verdict"] == "disagrees"
    assert not settings["toy.logprobs_mode"]["setting"]["effect"]["frozen"]
    assert "toy.logprobs_mode: 'processed_logprobs' before, 'raw_logprobs' now" in done.output


def test_argument_that_cannot_be_read_back_is_undecided(frozen, gate, tmp_path):
    """What the profile asked for and the engine does not show MUST be undecided and not equal, and so a default."""
    frozen(gone=1)  # the older one had it, and V0
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", '--engine-setting=hidden=["a list is not read"]', suites=(SUITE,))
    assert done.code == 0, done.output
    rows = {c["case"]: c for c in json.loads(file.read_text())["cases"]}
    assert rows["hidden"]["verdict"] == "undecided"
    assert (
        rows["hidden"]["reason"] == "hidden=['a list is not read'] was asked, and cannot be read back from the engine"
    )
    assert rows["toy.gone"]["verdict"] == "undecided"
    assert rows["toy.gone"]["reason"] == "toy.gone cannot be read back from the engine"
    assert rows["toy.logprobs_mode"]["verdict"] == "agrees"
    assert "; most in defaults.resolved, 2 of " in done.output


@pytest.mark.usefixtures("frozen")
def test_nearly_all_undecided_is_no_pass(gate, tmp_path):
    """Where more of a clause is undecided than is allowed the run MUST fail, with a sentence that has both numbers."""
    hidden = [f'--engine-setting=hidden{i}=["a list is not read"]' for i in range(9)]
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", *hidden, suites=(SUITE,))
    content = json.loads(file.read_text())
    assert content["totals"]["undecided"] == 9
    assert content["totals"]["disagrees"] == content["totals"]["not run"] == 0
    assert done.code == 1
    assert content["verdict"] == "fail"
    most = len(content["cases"]) // 2
    said = f"9 of {len(content['cases'])} findings of defaults.resolved are undecided, at most {most} may be"
    assert f"too little was decided: {said}" in done.output
    verdict = done.output.partition("verdict fail: toy 1.0 is not shown to conform under --engine-setting hidden0=")[2]
    assert f": {said}" in verdict


def test_nothing_frozen_is_no_pass(gate):
    """Without frozen defaults the test MUST fail and say how to freeze them."""
    done = gate(suites=(SUITE,))
    assert done.code == 1
    assert "--golden-record=defaults" in done.output


@pytest.mark.usefixtures("frozen")
def test_setting_resolved_away_is_noticed(gate):
    """An argument that the engine does not follow MUST fail."""
    done = gate('--engine-setting=resolves={"block_size": 8}', "--engine-setting=block_size=4", suites=(SUITE,))
    assert done.code == 1
    assert "test_the_profile_resolves_to_what_it_asks_for" in done.output
