"""precision.noise on a real engine: silent whatever half of the rollouts is drawn, and planted faults are named."""

import json
import subprocess
import sys

import numpy as np
import pytest

from fixtures import noise
from fixtures.plugin.noise import Noise
from fixtures.plugin.selection import measuring
from fixtures.precision import TYINGS
from fixtures.profiles import PROFILES
from fixtures.verdicts import Kind

PROFILE, SAMPLES = "cpu-bf16-fp32head", 20
NAMED = {
    "temperature_one_percent_off": "scale",
    "bias_of_a_hundredth": "bias",
    "head_weights_rounded": "head",
}


@pytest.mark.noise
@pytest.mark.parametrize("tying", TYINGS)
def test_clean_engine_passes_whatever_is_drawn(tying, pytestconfig):
    """Of twenty halves of the rollouts, drawn with other seeds, none MUST call a clean engine wrong."""
    _, rollouts, errors = Noise(measuring(pytestconfig), PROFILES[PROFILE]).measured(tying)
    count = len(rollouts.completions)
    for seed in range(SAMPLES):
        half = np.random.default_rng(seed).choice(count, count // 2, replace=False)
        found = noise.statistics(rollouts.only(half), errors.only(half), fp32_head=True)
        assert not [str(s) for s in found if s.kind is Kind.DISAGREES], seed


@pytest.fixture
def planted(tmp_path, pytestconfig):
    """The rows that disagree with a fault in the engine, of some tests of a profile."""
    file = tmp_path / "evidence.json"
    python = f"--engine-python={pytestconfig.getoption('engine_python')}"

    def run(fault, profile, *chosen):
        options = [f"--profile={profile}", f"--plant={fault}", f"--evidence={file}"]
        command = [sys.executable, "-m", "pytest", "-q", python, *options, *chosen]
        done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stdout
        return [c for c in json.loads(file.read_text())["cases"] if c["verdict"] == "disagrees"]

    return run


@pytest.mark.parametrize("fault", NAMED)
def test_planted_fault_is_named(fault, planted):
    """A fault patched into the engine MUST fail precision.noise under its own name and no other."""
    rows = planted(fault, PROFILE, "suites/precision/test_noise.py", "-k", "untied")
    assert [c["cause"] for c in rows] == [noise.NAMES[NAMED[fault]]]


def test_smaller_scale_fault_is_caught_in_float32(planted):
    """A thousandth is under what bfloat16 can show; in float32 every case MUST see it."""
    rows = planted("logits_scaled_by_a_thousandth", "cpu-fp32", "suites/logprobs/test_processed.py", "-k", "are_v0s")
    assert len(rows) > 10
