"""weights.adapter finds faults in the real engine: patched into it, each fails under its name."""

import pytest

from fixtures.engines.vllm.planted_adapters import ADAPTER_FAULTS

NAMED = {
    "adapter_not_applied": ("one_batch", "the model without an adapter"),
    "adapter_missing_from_the_key": ("in_turn", "its own weights on another one's prefix cache"),
}


@pytest.mark.parametrize("fault", ADAPTER_FAULTS)
def test_planted_fault_is_named(fault, causes):
    """A fault patched into the engine MUST fail the questions it shows in, under its name."""
    question, name = NAMED[fault]
    found = causes(f"--plant={fault}", "suites/adapters/test_adapter.py", "-k", question)
    assert name in found, found
