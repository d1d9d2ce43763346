"""weights.update: an engine that was given new weights is one that was started with them."""

import pytest

from fixtures.weights.updates import every_update

pytestmark = pytest.mark.updates


@pytest.mark.parametrize(
    ("way", "head", "step"),
    [pytest.param(*update, id="-".join((update[0].name, update[1], update[2].name))) for update in every_update()],
)
def test_update_leaves_an_engine_as_if_started_with_its_weights(updating, way, head, step, judge_update):
    """Good weights MUST be taken, by and by without drift; bad ones MUST be refused aloud and leave the old or none."""
    judge_update(updating, way, head, step)
