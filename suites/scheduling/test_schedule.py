"""scheduling.*: what the scheduler does with a request is not to be seen in its logprobs."""

import pytest

from fixtures.golden import answers as golden


@pytest.mark.states("scheduling.")
def test_logprobs_do_not_depend_on_the_schedule(answer, judged):
    """However a request is batched, cut, ordered, preempted or executed, its logprobs MUST be V0's."""
    judged(answer.against(golden.reported))
