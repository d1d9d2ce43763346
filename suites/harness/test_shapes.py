"""logprobs.request: a clean engine answers alike in every shape, and a fault of one shape fails under its name."""

import json

import pytest

from fixtures.shapes.table import SHAPES

SUITE = ("suites/logprobs/test_request.py",)
NAMED = {
    "k_of_zero_is_another": {"k of 0 alone"},
    "lost_at_a_stop": {"stop string"},
    "k_changes_value": {"k of 1 alone", "all top_k"},
}


def _rows(gate, tmp_path, *arguments):
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", *arguments, suites=SUITE)
    return done, json.loads(file.read_text())["cases"]


def test_clean_engine_answers_alike(gate, tmp_path):
    """Every shape MUST be asked, and agree."""
    done, rows = _rows(gate, tmp_path)
    assert done.code == 0, done.output
    assert {r["case"] for r in rows if r["verdict"] == "agrees" and r["positions"]} == set(SHAPES)


@pytest.mark.parametrize("fault", NAMED)
def test_fault_of_a_shape_is_named(gate, tmp_path, fault):
    """What a shape shows MUST fail there, and say in which."""
    done, rows = _rows(gate, tmp_path, f'--engine-setting=faults=["{fault}"]')
    assert done.code == 1
    wrong = {r["case"]: r["cause"] for r in rows if r["verdict"] == "disagrees"}
    assert set(wrong) >= NAMED[fault]
    assert all(case in cause for case, cause in wrong.items())
