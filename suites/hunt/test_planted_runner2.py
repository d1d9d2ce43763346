"""The second model runner on a CPU: faults patched into its kernels are found by the suites that ask it.

It takes an environment whose CPU wheel has that runner, as 0.32.0's: --engine-python=PATH.
"""

import pytest

from fixtures.engines.vllm.planted_kernels import KERNEL_FAULTS

SAMPLING, FORM = "suites/sampling/test_parameters.py", "suites/logprobs/test_shape.py"
DRAWN = {"one_gumbel_seed"}  # what is forced shows no draw: suites/kernels has it
ASKED = {
    "penalty_bins_of_the_wrong_request": (SAMPLING, "-k", "frequency_penalty"),
    "ranks_off_by_one": (FORM, "-k", "k5"),
    "top_p_mask_off_by_one_block": (SAMPLING, "-k", "sampling.top_p"),
    "bias_after_penalties": (SAMPLING, "-k", "bias-repetition"),
}


def test_every_fault_is_hunted():
    """Each fault of the second runner's kernels MUST be put into an engine here, or be one of draws alone."""
    assert set(ASKED) | DRAWN == set(KERNEL_FAULTS)


@pytest.mark.parametrize("fault", ASKED)
def test_planted_fault_is_found(fault, disagreeing):
    """A fault patched into the second runner's kernels MUST fail cases that it shows in."""
    assert disagreeing("--runner=v2", f"--plant={fault}", *ASKED[fault])
