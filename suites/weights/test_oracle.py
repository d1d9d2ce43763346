"""The oracle of swaps is what V0 did, and tells the ways of swapping apart."""

import pytest

from fixtures.golden import answers as golden_answers
from fixtures.judging.comparison import compare
from fixtures.judging.verdicts import Kind, plain
from fixtures.weights.swaps import FAR, IGNORED, KEPT, RECOMPUTED, apart

pytestmark = [pytest.mark.cases("weights.inflight"), pytest.mark.engine_setting(in_place_weights=True)]


def test_oracle_is_what_v0_did(measurement, oracle):
    """New weights on the old KV cache, computed by transformers, MUST be V0's recording."""
    recording = measurement.recording
    golden = [golden_answers.reported(recording, i) for i in range(len(recording.observation.token_ids))]
    answer = oracle(recording, KEPT)
    verdict = plain(compare(recording.case, golden, answer, allowance=measurement.allowance, budget=measurement.budget))
    assert verdict.kind is Kind.AGREES, verdict.fact


def test_case_is_decisive(measurement, oracle):
    """After a swap to other weights the old ones and a recomputed cache MUST be far from what golden holds."""
    recording = measurement.recording
    swaps = recording.case.swaps
    if {name for _, name in swaps} == {"a"}:
        whole = range(len(recording.raw))
        assert apart(oracle(recording, IGNORED), oracle(recording, KEPT), whole) <= measurement.allowance(0.0)
        return
    after = range(swaps[0][0], len(recording.raw))
    far = FAR * measurement.allowance(0.0)
    assert apart(oracle(recording, IGNORED), recording.observation, after) > far
    if swaps[0][0] > 0:  # before the first token there is no cache to keep
        assert apart(oracle(recording, RECOMPUTED), recording.observation, after) > far
