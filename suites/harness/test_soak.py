"""A long life, short on the toy: a clean engine is what it was before, and whatever stays of its requests is named."""

import json

import pytest

SUITE = ("suites/long/test_soak.py",)
STAYS = {
    "a_block_leaks": ("blocks", "blocks of the cache are not given back"),
    "a_request_stays": ("requests", "a request stays in the engine"),
    "memory_leaks": ("memory", "memory keeps growing"),
}
AFTER = "plain cases after it"
ANSWERS = {"a_mask_stays": "a mask stays", "swap_back_ignored": "a swap was not undone"}


def _rows(gate, tmp_path, *arguments):
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", *arguments, suites=SUITE)
    return done, json.loads(file.read_text())["cases"]


def test_clean_engine_is_what_it_was(gate, tmp_path):
    """After its life a clean engine MUST hold nothing of it and answer as golden has it."""
    done, rows = _rows(gate, tmp_path)
    assert done.code == 0, done.output
    assert {r["case"] for r in rows} == {"plain cases before it", AFTER, *(case for case, _ in STAYS.values())}
    assert " gave way, " in next(r["reason"] for r in rows if r["case"] == "memory")
    assert next(r for r in rows if r["case"] == "blocks")["positions"] > 1000


def _wrong(rows):
    return [(r["case"], r["cause"]) for r in rows if r["verdict"] == "disagrees"]


def test_what_stays_is_named(gate, tmp_path):
    """A block, a request and memory that stay MUST fail, each by its name, and the answers stay golden's."""
    done, rows = _rows(gate, tmp_path, f"--engine-setting=faults={json.dumps(list(STAYS))}")
    assert done.code == 1, done.output
    assert _wrong(rows) == list(STAYS.values())


@pytest.mark.parametrize("fault", ANSWERS)
def test_answer_of_another_is_named(gate, tmp_path, fault):
    """A mask that stays and a swap that is not undone MUST fail the plain cases after it, by name, and no other."""
    done, rows = _rows(gate, tmp_path, f'--engine-setting=faults=["{fault}"]')
    assert done.code == 1, done.output
    assert _wrong(rows) == [(AFTER, ANSWERS[fault])]
