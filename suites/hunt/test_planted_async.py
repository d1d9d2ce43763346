"""Async scheduling on the real engine: faults of its bookkeeping are named, and so is a swap that comes a step late."""

import pytest

from fixtures.engines.vllm.planted_async import ASYNC_FAULTS

STALE = "penalties over the output without its last token"
SCHEDULE = ("suites/scheduling", "-k", "scheduling.async and all-penalties")
PAUSE = ("suites/weights/test_pause.py", "-k", "keep and async_scheduling and not prefix_caching")
STEPPED = ("suites/weights/test_inflight.py", "-k", "middle-chat", "--engine-setting=async_scheduling=true")
NAMED = {
    "placeholder_counted": (SCHEDULE, STALE),
    "history_one_step_behind": (SCHEDULE, STALE),
    "swap_one_token_late": (PAUSE, "went on, with neither the old nor the new weights"),
}


def test_every_fault_is_hunted():
    """Each fault of async scheduling MUST be put into an engine here."""
    assert set(ASYNC_FAULTS) <= set(NAMED)


@pytest.mark.parametrize("fault", NAMED)
def test_planted_fault_is_named(fault, causes):
    """A fault patched into the engine MUST fail the cases it shows in, under its name."""
    asked, name = NAMED[fault]
    found = causes(f"--plant={fault}", *asked)
    assert any(name in cause for cause in found), found


def test_swap_by_hand_lands_a_token_late(causes):
    """By hand the next step is launched before the last one's tokens are out: the swap MUST be called late."""
    found = causes(*STEPPED)
    assert any("the swap came one token late" in cause for cause in found), found
