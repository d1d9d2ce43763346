"""weights.inflight: new weights while a request is in flight; V0 finishes the step, loads, and keeps the KV cache."""

import pytest

from fixtures.golden import answers as golden


@pytest.mark.cases("weights.inflight", settings={"in_place_weights": True})
def test_generation_goes_on_under_the_new_weights_on_the_old_cache(answer, judged):
    """Before a swap the logprobs MUST be V0's under A, after it V0's under B on A's KV cache, token by token."""
    judged(answer.against(golden.reported))
