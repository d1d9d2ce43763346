"""The oracle of swaps is what V0 did, and tells the ways of swapping apart."""

import pytest

from fixtures.frozen.beside import allowance
from fixtures.golden import answers as golden
from fixtures.judging.comparison import compare
from fixtures.judging.findings import Outcome
from fixtures.judging.verdicts import of_comparison
from fixtures.tolerances import logit_budget
from fixtures.weights import oracles
from fixtures.weights.swaps import FAR, IGNORED, KEPT, RECOMPUTED, apart

pytestmark = pytest.mark.cases("weights.inflight", settings={"in_place_weights": True})


@pytest.fixture
def recording(asked, run):
    """V0's answer; the engine under test is not asked."""
    return run.golden.recording(asked.ask.case)


def test_oracle_is_what_golden_has(asked, run, recording):
    """New weights on the old KV cache, computed by transformers, MUST be V0's recording."""
    case, profile = recording.case, asked.profile
    expected = [golden.reported(recording, i) for i in range(len(recording.observation.token_ids))]
    compared = compare(
        case,
        expected,
        oracles.answer(run, recording, KEPT),
        allowance=allowance(case, profile),
        budget=logit_budget(profile),
    )
    outcome, fact = of_comparison(compared)
    assert compared.positions
    assert outcome is Outcome.RIGHT, fact


def test_case_is_decisive(asked, run, recording):
    """After a swap to other weights the old ones and a recomputed cache MUST be far from what golden holds."""
    swaps, allowed = recording.case.swaps, allowance(recording.case, asked.profile)(0.0)
    ignored = oracles.answer(run, recording, IGNORED)
    if {name for _, name in swaps} == {"a"}:
        assert apart(ignored, oracles.answer(run, recording, KEPT), range(len(recording.raw))) <= allowed
        return
    after = range(swaps[0][0], len(recording.raw))
    assert apart(ignored, recording.observation, after) > FAR * allowed
    if swaps[0][0] > 0:  # before the first token there is no cache to keep
        assert apart(oracles.answer(run, recording, RECOMPUTED), recording.observation, after) > FAR * allowed
