"""precision.states: in bfloat16 no state of the engine costs precision. By name: a batch of one takes its time."""

import pytest


@pytest.mark.clause("precision.states")
def test_no_state_costs_precision(answer, judged):
    """Cached, in pieces, preempted, alone or in a batch, the error MUST be that of the same engine's plain answer."""
    judged(answer)
