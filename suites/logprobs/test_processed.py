"""logprobs.processed: the number a trainer divides by."""

import pytest

from fixtures.golden import answers as golden_answers
from fixtures.judging.diagnosis.ranking import diagnose
from fixtures.judging.verdicts import Kind, judge


@pytest.mark.cases("logprobs.processed")
def test_reported_logprobs_are_v0s(measurement, judged):
    """The logprob of chosen and top tokens MUST be V0's: after penalties, masks, temperature and truncation."""
    judged(measurement, measurement.against(golden_answers.reported))


@pytest.mark.cases("logprobs.processed")
@pytest.mark.engine_setting(logprobs_mode="raw_logprobs")
def test_raw_logprobs_are_noticed(measurement):
    """Raw logprobs at a temperature other than 1 MUST disagree with golden and be named: the negative control."""
    comparison = measurement.against(golden_answers.reported)
    verdict = judge(comparison, "logprobs.processed", measurement.engine, (), measurement.pinned)
    if not measurement.case.sampling.changes("temperature"):
        assert verdict.kind is Kind.AGREES
        return
    assert verdict.kind is Kind.DISAGREES
    found = diagnose(measurement.recording, measurement.observation, comparison)[0]
    assert found.explains
    assert found.cause.name == "raw logprobs instead of processed ones"
