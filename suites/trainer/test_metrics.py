"""trainer.metrics: what a trainer divides, clips and averages is no worse than it was with V0."""

import pytest


@pytest.mark.clause("trainer.metrics", "all four fixes")
def test_all_four_fixes_are_no_worse_than_v0(answer, judged):
    """Ratio, KL, clipping, sample size and entropy MUST be as near to the trainer's own as V0's are, and 1.25 times
    as far as those of transformers in bfloat16 at most."""
    judged(answer)


@pytest.mark.clause("trainer.metrics", "all but")
def test_each_fix_is_seen(answer, judged):
    """Without one of the fixes KL MUST be worse than with all four, or the table would not show what it is worth."""
    judged(answer)
