"""sampling.leftovers: what a request asked for goes with it."""

import pytest


@pytest.mark.clause("sampling.leftovers")
def test_nothing_of_a_request_is_left_in_its_row(answer, judged):
    """allowed_token_ids MUST NOT mask who comes into its row (vllm#43894), nor a row it swaps with (vllm#48419)."""
    judged(answer)
