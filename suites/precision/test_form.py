"""logprobs.shape in bfloat16: equal logits are common there, and no list may have a token twice for it."""

import pytest

SHAPE = "logprobs.shape"


@pytest.mark.cases("logprobs.processed", SHAPE, "sampling.combination", bears_on=SHAPE, dtype="bfloat16", first=4)
def test_answers_are_well_formed_in_bfloat16(answer, judged):
    """Every token MUST have its logprobs, ranks MUST run from 1, no token may be listed twice and no value be NaN."""
    judged(answer.form())
