"""sampling.allowed_token_ids, live: a mask must go with its request."""

import pytest
from packaging.specifiers import SpecifierSet

from fixtures.asking.parameters import Sampling
from fixtures.drawn.batches import LiveMismatch
from fixtures.drawn.strategies import Drawn

LEAKS = SpecifierSet("==0.18.1")  # vllm#43894, gpu_input_batch.py condense: the row a mask moved from keeps it

pytestmark = pytest.mark.live


def test_mask_of_a_moved_request_is_not_left_behind(live, frozen_trajectories):
    """A request MUST NOT be masked by the allowed_token_ids of one that sat in its row before.

    The first batch moves a masked request to another row, as its neighbour ends; the second one puts a request without
    a mask where it was. Versions known to leak must do so: when they no longer do, this test says so.
    """
    trajectory = frozen_trajectories[0]
    short, free = Drawn(trajectory, Sampling(max_tokens=1)), Drawn(trajectory, Sampling(max_tokens=2))
    masked = Drawn(trajectory, Sampling(allowed_token_ids=trajectory.notable[:6], max_tokens=4))
    live.check([short, masked])
    if live.engine.name == "vllm" and live.engine.version in LEAKS:
        with pytest.raises(LiveMismatch, match="measured -inf"):
            live.check([masked, free])
    else:
        live.check([masked, free])
    live.check([free, free])
