"""weights.adapter finds faults in the real engine: patched into it, each fails under its name."""

import json
import subprocess
import sys

import pytest

from fixtures.engines.vllm.planted_adapters import ADAPTER_FAULTS

NAMED = {
    "adapter_not_applied": ("one_batch", "the model without an adapter"),
    "adapter_missing_from_the_key": ("in_turn", "its own weights on another one's prefix cache"),
}


@pytest.mark.parametrize("fault", ADAPTER_FAULTS)
def test_planted_fault_is_named(fault, tmp_path, pytestconfig):
    """A fault patched into the engine MUST fail the questions it shows in, under its name."""
    question, name = NAMED[fault]
    file = tmp_path / "evidence.json"
    python = f"--engine-python={pytestconfig.getoption('engine_python')}"
    options = ["-q", "-m", "cpu", python, f"--plant={fault}", f"--evidence={file}", "-k", question]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "suites/adapters/test_adapter.py"],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    causes = {c["cause"] for c in json.loads(file.read_text())["cases"] if c["verdict"] == "disagrees"}
    assert name in causes, causes
