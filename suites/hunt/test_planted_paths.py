"""Engine states and swaps find faults in the real engine too: patched into it, each fails under its name."""

import pytest

from fixtures.engines.vllm.planted import SWAP_FAULTS
from fixtures.engines.vllm.planted_paths import PATH_FAULTS
from fixtures.models.whose import Whose

NAMED = {
    "another_prompts_block": ("suites/caching", "warm", "a prefix-cache block of another context"),
    "a_key_of_a_cached_block_is_lost": ("suites/long/test_states.py", "warm", "the error is larger in this state"),
    "block_key_reads_four_tokens": ("suites/caching", "within_a_block", "a prefix-cache block of another context"),
    "block_key_forgets_its_parents": ("suites/caching", "far_back", "a prefix-cache block of another context"),
    "stale_history": ("suites/scheduling", "batch_of_7", "penalties over the output without its last token"),
    "neighbours_penalties": ("suites/scheduling", "batch_of_7", "penalties of a neighbour in the batch"),
    "positions_clamped": (
        "suites/long/test_length.py",
        "length.alone and 1000",
        "the context is read otherwise from a position on",
    ),
    "layer_not_loaded": ("suites/weights/test_inflight.py", "middle-chat", "layer 3 kept the old weights"),
    "swap_one_token_late": ("suites/weights/test_inflight.py", "middle-chat", "the swap came one token late"),
    "swap_drops_the_cache": (
        "suites/weights/test_inflight.py",
        "middle-chat",
        "the new weights on a recomputed KV cache",
    ),
}


UPDATED = "weight_transfer-tied-to_b or reload_weights-tied-to_b"


@pytest.mark.parametrize("fault", [*PATH_FAULTS, *SWAP_FAULTS])
def test_planted_fault_is_named(fault, causes):
    """A fault patched into the engine MUST fail the cases it shows in, under its name."""
    suite, states, name = NAMED[fault]
    found = causes(f"--plant={fault}", suite, "-k", states)
    assert any(name in cause for cause in found), found


def test_layer_that_an_update_skips_is_named(rows):
    """A layer lost in vLLM's own reload, from a file or out of a trainer's hands, MUST be called one that is old."""
    found = rows("--plant=layer_not_loaded", "suites/weights/test_update.py", "-k", UPDATED)
    assert [row["cause"] for row in found] == [f"no error, then {Whose.OLD_LAYER}"] * 2
