"""engine.soak: one engine through thousands of mixed requests. By name: it takes ten minutes or more."""

import pytest


@pytest.mark.clause("engine.soak")
def test_long_life_leaves_nothing_behind(answer, judged):
    """After aborts, masks, resets and swaps the plain cases MUST be V0's, no block, request or memory be kept."""
    judged(answer)
