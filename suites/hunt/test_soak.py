"""engine.soak on a real engine, for a short life: one that keeps a block now and then is named, a clean one is not."""

import pytest

from fixtures.asking.profiles import PROFILES
from fixtures.judging.findings import Finding, Outcome
from fixtures.soak import clause
from fixtures.soak.rounds import Life

PROFILE = PROFILES["cpu-fp32"]
SHORT = Life(6, 40)
NAMED = {"": [], "a_block_leaks": ["blocks of the cache are not given back"]}


@pytest.mark.parametrize("fault", NAMED)
def test_what_stays_is_named(fault, run):
    """One block lost in sixteen requests MUST be found in a life of two hundred, and nothing in a clean one."""
    engine = run.engines.measured(PROFILE, run.settings(PROFILE).and_(clause.SETTINGS))
    engine.control("plant", fault=fault)
    blank = Finding(clause=clause.NAME, case="", profile=PROFILE.name, engine=engine.description)
    found = list(clause.left(blank, clause.lives(run, engine, SHORT)))
    run.engines.end(engine)
    assert [f.cause for f in found if f.outcome is Outcome.WRONG] == NAMED[fault], [f.reason for f in found]
