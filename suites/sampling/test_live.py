"""sampling.*, live: Hypothesis draws whole batches; V0's frozen logits say what must be reported."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.live


@given(data=st.data())
def test_any_batch_reports_what_goldens_rules_give(live, drawn_batches, data):
    """Any mix of configurations in one batch MUST report what V0's rules make of V0's logits."""
    live.check(data.draw(drawn_batches, label="batch"))


@settings(max_examples=max(2, settings().max_examples // 5))  # a narrow region
@given(data=st.data())
def test_min_p_with_top_p_follows_the_engines_order(live_in_its_own_order, drawn_min_p_with_top_p, data):
    """Where V0's and V1's order differ, an engine MUST follow the one its waiver pins, or V0's."""
    live_in_its_own_order.check(data.draw(drawn_min_p_with_top_p, label="batch"))
