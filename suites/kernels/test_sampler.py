"""kernels.*: a release's own sampling kernels, given V0's frozen logits under Triton's interpreter."""

import pytest


@pytest.mark.clause("kernels.sampler")
def test_kernels_make_of_logits_what_v0s_rules_do(answer, judged):
    """The second sampler's kernels MUST report what V0's rules make of the same logits, in whatever row and slot."""
    judged(answer)


@pytest.mark.clause("kernels.draw")
def test_the_gumbel_kernel_draws_what_is_reported(answer, judged):
    """Draws MUST follow the reported probabilities, each row on its own and by its own seed."""
    judged(answer)
