"""precision.head: what an engine says of its head and what its logits show are two things."""

import json

import numpy as np
import pytest

from fixtures.precision.head import Head
from fixtures.sampler.bfloat16 import to_bfloat16

SUITE = ("suites/precision/test_head.py",)


@pytest.mark.parametrize(
    ("value", "nearest"),
    [(1.0, 1.0), (1.00390625, 1.0), (1.01171875, 1.015625), (-3.3, -3.296875), (1e-3, 0.00099945068359375)],
)
def test_rounding_to_bfloat16(value, nearest):
    """Rounding MUST be to the nearest of 8 bits, ties to even: 1 + 2^-8 lies between 1 and 1 + 2^-7."""
    assert to_bfloat16(np.float32([value]))[0] == np.float32(nearest)


def test_float32_heads_pass(gate, tmp_path):
    """A head that runs in float32 over a bfloat16 body MUST pass, tied and untied, however it was asked for."""
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", suites=SUITE)
    assert done.code == 0, done.output
    rows = [c for c in json.loads(file.read_text())["cases"] if c["clause"] == "precision.head"]
    assert len(rows) == 4
    assert all(Head.FLOAT32 in c["reason"] for c in rows)


@pytest.mark.parametrize(
    ("fault", "shown"), [("head_in_bfloat16", Head.BFLOAT16), ("half_a_head_in_bfloat16", Head.MIXED)]
)
def test_flag_that_is_ignored_is_caught(gate, fault, shown):
    """A float32 head that was accepted and is none MUST fail, and what its logits show MUST be said."""
    done = gate(f'--engine-setting=faults=["{fault}"]', suites=SUITE)
    assert done.code == 1
    assert f"showed {shown}" in done.output


@pytest.mark.parametrize(
    ("profile", "suite", "code"),
    [("cpu-bf16", "suites/logprobs", 5), ("cpu-fp32", SUITE[0], 5), ("cpu-bf16", SUITE[0], 0)],
)
def test_profile_selects_its_own_tests(gate, profile, suite, code):
    """A profile under which nothing is judged MUST NOT end green: pytest says that no test was collected."""
    assert gate(f"--profile={profile}", suites=(suite,)).code == code
