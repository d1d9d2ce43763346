"""sampling.leftovers and sampling.swapped_rows: what a request asked for goes with it."""

import pytest


@pytest.mark.clause("sampling.leftovers")
def test_nothing_of_a_request_is_left_in_its_row(answer, judged):
    """A request MUST NOT be masked by the allowed_token_ids of one that sat in its row before (vllm#43894)."""
    judged(answer)


@pytest.mark.clause("sampling.swapped_rows")
def test_rows_that_swap_keep_their_own(answer, judged):
    """Where two rows swap, as FlashInfer, MLA and Mamba have them, each MUST keep its own mask (vllm#48419)."""
    judged(answer)
