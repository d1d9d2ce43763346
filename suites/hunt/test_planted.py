"""The hunt works on the real engine too: faults patched into its sampler are found by drawn batches."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fixtures.drawn.batches import LiveMismatch
from fixtures.engines.vllm.planted import SAMPLER_FAULTS

pytestmark = pytest.mark.live


@pytest.mark.parametrize("fault", SAMPLER_FAULTS)
def test_planted_fault_is_found(live, plant, drawn_batches, fault):
    """A fault patched into the engine's own sampler MUST be found, and be gone when it is taken out."""

    @settings(settings.get_profile("ci"), phases=[Phase.generate], print_blob=False)
    @given(data=st.data())
    def hunt(data):
        live.check(data.draw(drawn_batches, label="batch"))

    plant(fault)
    with pytest.raises(LiveMismatch):
        hunt()
    plant("")
    live.check(live.smallest)
