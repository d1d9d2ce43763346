"""logprobs.request: how a request is put does not change its answer."""

import pytest

from fixtures.shapes.table import IN_THE_GATE


@pytest.mark.clause("logprobs.request", *IN_THE_GATE)
def test_shape_of_a_request_changes_nothing(answer, judged):
    """The k that is asked for, neighbours of the same kind, text or ids, and a stop string MUST NOT move a logprob."""
    judged(answer)
