"""trainer.metrics: what a trainer divides, clips and averages is no worse than it was with V0."""

import pytest

from fixtures.trainer.fixes import ALL

pytestmark = pytest.mark.trainer


def test_all_four_fixes_are_no_worse_than_v0(trainer, judge_fixes):
    """Ratio, KL, clipping, sample size and entropy MUST be as near to the trainer's own as V0's are, and 1.25 times
    as far as those of transformers in bfloat16 at most."""
    judge_fixes(trainer)


@pytest.mark.parametrize("name", ALL)
def test_each_fix_is_seen(trainer, name, judge_fix):
    """Without one of the fixes KL MUST be worse than with all four, or the table would not show what it is worth."""
    judge_fix(trainer, name)
