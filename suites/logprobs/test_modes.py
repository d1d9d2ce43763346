"""logprobs.modes: each of the four modes says what its name says."""

import pytest

from fixtures.golden import answers as golden_answers


def _mode(name):
    return pytest.param(name, marks=pytest.mark.engine_setting(logprobs_mode=name), id=name)


@pytest.mark.cases("logprobs.processed")
@pytest.mark.clause("logprobs.modes")
@pytest.mark.parametrize("mode", [_mode(name) for name in golden_answers.MODES])
def test_each_mode_reports_its_stage(mode, measurement, judged):
    """A mode MUST report V0's numbers at its stage: raw or processed, as logits or as their log-softmax."""
    judged(measurement, measurement.against(golden_answers.MODES[mode]))
