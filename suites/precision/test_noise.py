"""precision.noise: in bfloat16 an engine is as far from float32 truth as known-good engines are, and to no side."""

import pytest


@pytest.mark.clause("precision.noise")
def test_error_is_that_of_a_known_good_engine(answer, judged):
    """Size and tail MUST be at most 1.25 times the smaller of V0's and transformers', bias and scale none."""
    judged(answer)
