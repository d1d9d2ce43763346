"""A clause is an object, a suite and a line of the table; its page is made from the suites."""

import json

import pytest

from fixtures.asking.profiles import chosen
from fixtures.clauses import CLAUSES
from fixtures.judging.findings import Finding, Outcome
from fixtures.measuring.clause import Clause
from fixtures.reports import clauses

SUITE = "suites/harness/example_suite.py"


def _answer(run, profile, version):
    """What a clause's own file holds: a question, and what the answer shows."""
    engine = run.engines.resolved(profile, run.settings(profile))
    yield Finding(
        clause="harness.example",
        case=version,
        profile=profile.name,
        engine=engine,
        outcome=Outcome.RIGHT if engine.version == version else Outcome.WRONG,
        shows=f"version {engine.version}",
        expected=f"version {version}",
        positions=1,
        way="version",
        step=version,
    )


@pytest.fixture
def verdicts(monkeypatch, gate, tmp_path):
    """Put the clause into the table, run its suite; the output, and the verdict of each question."""
    names = {"ways": ["version"], "steps": ["1.0", "2.0"], "shows": ["version 1.0"]}
    questions = {"1.0": "1.0", "2.0": "2.0"}
    clause = Clause("harness.example", chosen(), questions, _answer, waivable=names)
    monkeypatch.setitem(CLAUSES, clause.name, clause)

    def run():
        file = tmp_path / "evidence.json"
        done = gate(f"--evidence={file}", suites=(SUITE,))
        return done, {c["case"]: c["verdict"] for c in json.loads(file.read_text())["cases"]}

    return run


def test_a_new_clause_is_judged_like_any_other(verdicts, declare):
    """What a new clause finds MUST be in the evidence, in a failure's words and in the hands of waivers."""
    done, seen = verdicts()
    assert done.code == 1
    assert seen == {"1.0": "agrees", "2.0": "disagrees"}
    assert "harness.example/2.0: expected version 2.0; toy 1.0 showed version 1.0" in done.output
    declare("shown_instead", "stays-at-one", ways=["version"], steps=["2.0"], shows="version 1.0")
    done, seen = verdicts()
    assert done.code == 0, done.output
    assert seen == {"1.0": "agrees", "2.0": "waived"}


def test_unknown_clause_is_named(gate):
    """A suite that names a clause which is not in the table MUST NOT be collected in silence."""
    done = gate(suites=(SUITE,))
    assert done.code not in (0, 5)
    assert "no clause harness.example in fixtures/clauses.py" in done.output


def test_page_of_clauses_is_what_the_suites_say():
    """docs/clauses.md MUST be made anew when a suite's sentence changes: python -m fixtures.reports.clauses."""
    assert clauses.PAGE.read_text() == clauses.page()
