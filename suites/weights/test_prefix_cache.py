"""caching.after_swap: new weights leave the prefix cache as it was, until it is reset (vllm#46125)."""

import pytest

pytestmark = pytest.mark.updates


@pytest.mark.parametrize("reset", [False, True], ids=["kept", "reset"])
def test_blocks_of_the_old_weights(updating, reset, judge_reuse):
    """Reuse of A's blocks under B MUST be seen and called stale; after a reset the engine MUST be a fresh one on B."""
    judge_reuse(updating, reset)
