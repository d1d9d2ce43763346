"""The second model runner on a CPU: faults patched into its kernels are found by the suites that ask it.

It takes an environment whose CPU wheel has that runner, as 0.32.0's: --engine-python=PATH.
"""

import pytest

from fixtures.engines.vllm.planted_kernels import KERNEL_FAULTS

SAMPLING, FORM = "suites/sampling/test_parameters.py", "suites/logprobs/test_shape.py"
DRAWN = {"one_gumbel_seed"}  # what is forced shows no draw: suites/kernels has it
BINS, TOP_P = "frequency_penalty is not applied", "top_p is not applied"
NAMED = {  # fault: where it shows, and what is said of it
    "penalty_bins_of_the_wrong_request": ((SAMPLING, "-k", "frequency_penalty"), BINS),
    "ranks_off_by_one": ((FORM, "-k", "k5"), "sampled tokens have a wrong rank"),
    "top_p_mask_off_by_one_block": ((SAMPLING, "-k", "sampling.top_p"), TOP_P),
    "bias_after_penalties": ((SAMPLING, "-k", "bias-repetition"), "logit_bias after the penalties"),
}


def test_every_fault_is_hunted():
    """Each fault of the second runner's kernels MUST be put into an engine here, or be one of draws alone."""
    assert set(NAMED) | DRAWN == set(KERNEL_FAULTS)


@pytest.mark.parametrize("fault", NAMED)
def test_planted_fault_is_named(fault, disagreeing):
    """A fault patched into the second runner's kernels MUST fail cases that it shows in, and be named or described."""
    asked, said = NAMED[fault]
    found = [f"{row['cause']} {row['reason']}" for row in disagreeing("--runner=v2", f"--plant={fault}", *asked)]
    assert any(said in words for words in found), found
