"""sampling.leftovers: what a request asked for goes with it."""

import pytest


@pytest.mark.clause("sampling.leftovers")
def test_nothing_of_a_request_is_left_in_its_row(answer, judged):
    """A request MUST NOT be masked by the allowed_token_ids of one that was in its row (vllm#43894, vllm#48419)."""
    judged(answer)
