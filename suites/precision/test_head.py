"""precision.head: a float32 head over a bfloat16 body is one in the logits, not in a flag."""

import pytest

from fixtures.precision.head import TYINGS, WAYS

pytestmark = pytest.mark.heads


@pytest.mark.parametrize("tying", TYINGS)
@pytest.mark.parametrize("way", WAYS)
def test_head_runs_in_float32_when_asked(heads, way, tying, judge_head):
    """Raw logits MUST lie off bfloat16's grid, with a head of its own and with one tied to the embedding."""
    judge_head(heads, way, tying)
