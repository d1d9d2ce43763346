"""sampling.drawn once more, ten times as long: what one batch is too short to see. By name."""

import pytest


@pytest.mark.clause("sampling.drawn", "ten batches")
def test_tokens_are_drawn_from_what_is_reported(answer, judged):
    """As in the gate, over some 80,000 free tokens: a temperature 2.1% off MUST be seen 99 times in 100."""
    judged(answer)
