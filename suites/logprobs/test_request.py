"""logprobs.request: how a request is put does not change its answer."""

import pytest


@pytest.mark.clause("logprobs.request")
def test_shape_of_a_request_changes_nothing(answer, judged):
    """The k that is asked for, neighbours of the same kind, text or ids, and a stop string MUST NOT move a logprob."""
    judged(answer)
