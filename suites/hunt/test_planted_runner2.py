"""The second model runner on a CPU: faults patched into its kernels are found by the suites that ask it."""

import json
import subprocess
import sys

import pytest

SAMPLING, FORM = "suites/sampling/test_parameters.py", "suites/logprobs/test_shape.py"
ASKED = {  # fault: the tests it shows in, and what is said of it
    "penalty_bins_of_the_wrong_request": ((SAMPLING, "-k", "penalt and chat"), "penalties"),
    "ranks_off_by_one": ((FORM, "-k", "k0"), "rank"),
    "top_p_mask_off_by_one_block": ((SAMPLING, "-k", "top_p/"), "top_p"),
    "bias_after_penalties": ((SAMPLING, "-k", "bias-repetition"), ""),
}


@pytest.fixture
def findings(tmp_path, pytestconfig):
    """Run a few tests under the second runner, which must end red; gives what its evidence says of each finding."""

    def run(*arguments):
        file = tmp_path / "evidence.json"
        python = f"--engine-python={pytestconfig.getoption('engine_python')}"
        command = ["-m", "pytest", "-q", "-m", "cpu", "--runner=v2", python, f"--evidence={file}", *arguments]
        done = subprocess.run(
            [sys.executable, *command], cwd=pytestconfig.rootpath, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, done.stdout
        return [c for c in json.loads(file.read_text())["cases"] if c["verdict"] == "disagrees"]

    return run


@pytest.mark.parametrize("fault", ASKED)
def test_planted_fault_is_found(fault, findings):
    """A fault patched into the second runner's kernels MUST fail the cases that it shows in, in words that say it."""
    asked, said = ASKED[fault]
    found = findings(f"--plant={fault}", *asked)
    assert any(said in f"{c['cause']} {c['reason']}" for c in found), found
