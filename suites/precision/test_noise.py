"""precision.noise: in bfloat16 an engine is as far from float32 truth as right engines are, and to no side."""

import pytest

from fixtures.precision.head import TYINGS

pytestmark = pytest.mark.noise


@pytest.mark.parametrize("tying", TYINGS)
def test_error_is_that_of_a_right_engine(noisy, tying, judge_noise):
    """Size and tail MUST be at most 1.25 times the smaller of V0's and transformers', bias and scale none."""
    judge_noise(noisy, tying)
