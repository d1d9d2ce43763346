"""weights.pause: pause, new weights, resume, as a trainer does it; every mode does what it says."""

import pytest


@pytest.mark.clause("weights.pause")
def test_pause_does_what_it_says(answer, judged):
    """Requests in flight, and one that comes meanwhile, MUST fare as documented; keep without clearing as in V0."""
    judged(answer)
