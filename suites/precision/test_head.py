"""precision.head: a float32 head over a bfloat16 body is one in the logits, not in a flag."""

import pytest


@pytest.mark.clause("precision.head")
def test_head_runs_in_float32_when_asked(answer, judged):
    """Raw logits MUST lie off bfloat16's grid, with a head of its own and with one tied to the embedding."""
    judged(answer)
