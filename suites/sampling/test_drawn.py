"""sampling.drawn: what an engine draws by itself comes from the distribution whose logprobs it reports."""

import pytest


@pytest.mark.clause("sampling.drawn", "one batch")
def test_tokens_are_drawn_from_what_is_reported(answer, judged):
    """Free tokens MUST follow the reported probabilities, row by row on their own, and score as a trainer has them."""
    judged(answer)
