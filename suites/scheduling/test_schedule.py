"""scheduling.*: what the scheduler does with a request is not to be seen in its logprobs."""

import pytest

from fixtures.golden import answers as golden_answers


@pytest.mark.states("scheduling.")
def test_logprobs_do_not_depend_on_the_schedule(measurement, judged):
    """However a request is batched, cut, ordered, preempted or executed, its logprobs MUST be V0's."""
    judged(measurement, measurement.against(golden_answers.reported))
