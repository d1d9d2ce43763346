"""caching.after_swap: new weights leave the prefix cache as it was, until it is reset (vllm#46125)."""

import pytest


@pytest.mark.clause("caching.after_swap")
def test_blocks_of_the_old_weights(answer, judged):
    """Reuse of A's blocks under B MUST be seen and called stale; after a reset the engine MUST be a fresh one on B."""
    judged(answer)
