"""Profiles that are asked by name alone, in the place of the one that they are like."""

import json
from datetime import date

from packaging.specifiers import SpecifierSet

from fixtures.asking.observations import Description
from fixtures.asking.profiles import PROFILES, chosen, of_dtype
from fixtures.judging.waivers import Declared

AS_RUN = "cpu-fp32-as-run"


def _cases(gate, file, *arguments):
    done = gate(f"--evidence={file}", *arguments, suites=("suites/logprobs/test_processed.py",))
    assert done.code == 0, done.output
    return {(c["case"], c["profile"]) for c in json.loads(file.read_text())["cases"]}


def test_all_that_the_other_is_asked(gate, tmp_path):
    """By name it MUST be asked what the one it is like is asked, and without its name nothing."""
    named = _cases(gate, tmp_path / "named.json", f"--profile={AS_RUN}")
    by_default = _cases(gate, tmp_path / "default.json")
    assert {profile for _, profile in named} == {AS_RUN}
    assert {case for case, _ in named} == {case for case, profile in by_default if profile == "cpu-fp32"}
    assert AS_RUN not in {profile for _, profile in by_default}


def test_faults_are_seen_under_it(gate):
    """A fault MUST fail under it as under the other."""
    assert gate(f"--profile={AS_RUN}", "--engine-setting=logprobs_mode=raw_logprobs").code == 1


def test_waivers_of_the_other_hold():
    """What is known of an engine under a profile MUST be known of it as that runs by itself, and of no other's."""
    why = {"behaviour": "no-pauses", "reason": "a test", "link": "here", "until": date(2099, 12, 31)}
    entry = Declared(engine="toy", versions=SpecifierSet("==1.*"), profiles=("cpu-fp32",), **why)
    held = {p for p in PROFILES if entry.holds_for(p, Description("toy", "1.0"))}
    assert held == {"cpu-fp32", AS_RUN}


def test_none_is_asked_unnamed():
    """No clause MUST be judged under such a profile by itself."""
    assert not [p.name for p in (*chosen(), *chosen(pointwise=False), *of_dtype("float32")) if p.like]
