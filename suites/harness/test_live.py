"""From a falsifying example to a regression case, the way README walks it."""

import json
import re

from fixtures.engines.process import EngineProcess


def test_from_falsifying_example_to_regression_case(toy_golden, gate, record):
    """The printed case line, appended and recorded, MUST fail the engine it came from and pass a right one."""
    wrong = '--engine-setting=faults=["penalty_counts_the_prompt"]'
    hunted = gate(wrong, "--hypothesis-profile=ci", "-k", "any_batch", suites=("suites/sampling/test_live.py",))
    assert hunted.code == 1
    line = re.search(r'^E? *(\{"case": "drawn".*\})$', hunted.output, re.MULTILINE)[1]
    before = {p: p.read_bytes() for p in (toy_golden / "recordings").rglob("*.jsonl")}
    (toy_golden / "cases" / "drawn.jsonl").write_text(line + "\n")
    assert record("--golden-record=missing").code == 0
    assert all(path.read_bytes() == content for path, content in before.items())
    assert gate("-k", "drawn", suites=("suites/sampling/test_parameters.py",)).code == 0
    assert gate(wrong, "-k", "drawn", suites=("suites/sampling/test_parameters.py",)).code == 1
    assert json.loads(line)["sampling"]["frequency_penalty"]


def test_mask_left_behind_is_named(gate):
    """A mask that stays in a row after its request moved MUST fail under its name; a clean engine MUST pass."""
    suite = ("suites/sampling/test_leftovers.py",)
    assert gate(suites=suite).code == 0
    done = gate('--engine-setting=faults=["mask_left_behind"]', suites=suite)
    assert done.code == 1
    assert "expected nothing is left behind; toy 1.0 showed a mask is left behind" in done.output


def test_mask_of_another_row_is_named(gate):
    """A mask that two rows share after they swapped MUST fail under its name, and nowhere else."""
    done = gate('--engine-setting=faults=["swapped_rows_share_a_mask"]', suites=("suites/sampling/test_leftovers.py",))
    assert done.code == 1
    assert (
        "sampling.swapped_rows/mask of rows that swap: expected nothing is left behind; toy 1.0 showed two rows have"
        in (done.output)
    )
    assert "1 failed, 1 passed" in done.output


def test_rows_that_did_not_swap_are_not_run(gate, monkeypatch):
    """Where no two rows swapped nothing was asked, so it MUST NOT pass."""
    monkeypatch.setattr(EngineProcess, "control", lambda *_, **__: 0)
    done = gate("-k", "swap", suites=("suites/sampling/test_leftovers.py",))
    assert done.code == 1
    assert "no two rows swapped" in done.output
