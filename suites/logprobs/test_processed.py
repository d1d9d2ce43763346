"""logprobs.processed: the number a trainer divides by."""

import pytest

from fixtures.golden import answers as golden
from fixtures.judging.findings import Outcome

RAW = {"logprobs_mode": "raw_logprobs"}


@pytest.mark.cases("logprobs.processed")
def test_reported_logprobs_are_v0s(answer, judged):
    """The logprob of chosen and top tokens MUST be V0's: after penalties, masks, temperature and truncation."""
    judged(answer.against(golden.reported))


@pytest.mark.cases("logprobs.processed", settings=RAW, first=16)
def test_raw_logprobs_are_noticed(answer):
    """Raw logprobs at a temperature other than 1 MUST disagree with golden and be named: the negative control."""
    outcome = answer.against(golden.reported).outcome
    if not answer.case.sampling.changes("temperature"):
        assert outcome is Outcome.RIGHT
        return
    assert outcome is Outcome.WRONG
    first = answer.explanations(answer.compared(golden.reported))[0]
    assert first.explains
    assert first.cause.name == "raw logprobs instead of processed ones"
