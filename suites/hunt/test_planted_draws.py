"""Free draws find faults in the real engine too: patched into its draw, each fails under its name."""

import pytest

from fixtures.engines.vllm.planted_draws import DRAW_FAULTS

NAMED = {
    "draws_ignore_truncation": "a token that is reported as impossible was drawn",
    "draws_seven_percent_cooler": "draws at another temperature than the one reported",
    "likeliest_too_often": "likeliest token: not as reported",
    "rows_share_noise": "rows of a batch share their noise",
    "siblings_share_a_seed": "the answers of one request share their draws",
    "neighbours_draw": "a token that is reported as impossible was drawn",
}


@pytest.mark.parametrize("fault", DRAW_FAULTS)
def test_planted_draw_is_named(fault, causes):
    """A fault patched into the draw MUST be found, under its name."""
    found = causes("suites/sampling/test_drawn.py", f"--plant={fault}")
    assert NAMED[fault] in found, found
