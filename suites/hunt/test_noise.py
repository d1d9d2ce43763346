"""precision.noise on a real engine: silent whatever half of the rollouts is drawn, and planted faults are named."""

import numpy as np
import pytest

from fixtures.asking.profiles import PROFILES
from fixtures.judging.findings import Outcome
from fixtures.models.twins import TYINGS
from fixtures.precision import noise, statistics

SAMPLES = 20
NAMED = {
    "temperature_one_percent_off": "scale",
    "bias_of_a_hundredth": "bias",
    "head_weights_rounded": "head",
}
FAILING = [
    ("head_weights_rounded", "cpu-bf16-fp32head", ["suites/precision/test_noise.py", "-k", "untied"]),
    ("logits_scaled_by_a_thousandth", "cpu-fp32", ["suites/logprobs/test_processed.py", "-k", "are_v0s"]),
]


PROFILE = PROFILES["cpu-bf16-fp32head"]


@pytest.mark.parametrize("tying", TYINGS)
def test_clean_engine_passes_whatever_is_drawn(tying, run):
    """Of twenty halves of the rollouts, drawn with other seeds, none MUST call a clean engine wrong."""
    rollouts, (_, errors) = noise.rollouts(run, tying), noise.measured(run, PROFILE, tying)
    count = len(rollouts.completions)
    for seed in range(SAMPLES):
        half = np.random.default_rng(seed).choice(count, count // 2, replace=False)
        seen = statistics.statistics(rollouts.only(half), errors.only(half), fp32_head=True)
        assert not [str(s) for s in seen if s.outcome is Outcome.WRONG], seed


@pytest.mark.parametrize("fault", NAMED)
def test_planted_fault_is_named(fault, run):
    """A fault patched into the engine MUST be a disagreement of its own statistic and of no other."""
    engine, rollouts = noise.engine(run, PROFILE, "untied"), noise.rollouts(run, "untied")
    engine.control("plant", fault=fault)
    try:
        errors = noise.along(run, engine, rollouts)
    finally:
        engine.control("plant", fault="")
    seen = statistics.statistics(rollouts, errors, fp32_head=True)
    assert [s.name for s in seen if s.outcome is Outcome.WRONG] == [NAMED[fault]]


@pytest.mark.parametrize(("fault", "profile", "suite"), FAILING)
def test_planted_fault_fails_the_gate(fault, profile, suite, rows):
    """With a fault in the engine pytest MUST end red; a thousandth of scale MUST show in float32, in every case."""
    found = [c for c in rows(f"--profile={profile}", f"--plant={fault}", *suite) if c["clause"] != "logprobs.shape"]
    beyond = [c for c in found if c["verdict"] == "disagrees"]
    assert len(beyond) == (1 if profile.startswith("cpu-bf16") else len(found))
