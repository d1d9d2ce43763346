"""weights.update: an engine that was given new weights is one that was started with them."""

import pytest


@pytest.mark.clause("weights.update")
def test_update_leaves_an_engine_as_if_started_with_its_weights(answer, judged):
    """Good weights MUST be taken, by and by without drift; bad ones MUST be refused aloud and leave the old or none."""
    judged(answer)
