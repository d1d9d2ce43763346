"""weights.pause: pause, new weights, resume, as a trainer does it; every mode does what it says."""

import pytest

from fixtures.weights.pauses import every_pause

pytestmark = pytest.mark.pauses


@pytest.mark.parametrize("pause", list(every_pause()), ids=lambda pause: pause.name)
def test_pause_does_what_it_says(pausing, pause, judge_pause):
    """Requests in flight, and one that comes meanwhile, MUST fare as documented; keep without clearing as in V0."""
    judge_pause(pause, pausing)
