"""Engine states: a clean engine passes them all, a state that did not happen is reported, and its faults are named."""

import json
import math

import pytest

from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.states.arrangements import BLOCK, SMALL_CACHE, crowded, far_twins_first
from fixtures.states.table import GROWN, STATES

SUITES = ("suites/caching", "suites/scheduling", "suites/logprobs/test_prompt.py", "suites/long/test_length.py")
NAMED = {
    "another_prompts_block": ("caching.", "a prefix-cache block of another context"),
    "block_key_reads_four_tokens": ("parted_within_a_block", "a prefix-cache block of another context"),
    "skips_last_chunk": ("scheduling.chunked", "a piece of a chunked prompt is missing or misplaced"),
    "stale_history": ("scheduling.async", "penalties over the output without its last token"),
    "positions_clamped": ("length.", "the context is read otherwise from a position on"),
    "neighbours_penalties": ("scheduling.batch_of_7", "penalties of a neighbour in the batch"),
}


def _evidence(gate, tmp_path, *arguments):
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", *arguments, suites=SUITES)
    return done, json.loads(file.read_text())


def _by_verdict(evidence, verdict):
    return {c["clause"] for c in evidence["cases"] if c["verdict"] == verdict}


def test_a_crowd_fits_and_then_does_not():
    """However long prompts are in a tokenizer's tokens, a crowd MUST fit beside one, and once grown MUST NOT."""
    lengths = (5, 30, 75, 102, 176)
    measured = [Request(f"{n}", tuple(range(n)), Sampling(max_tokens=GROWN), tuple(range(GROWN))) for n in lengths]
    for together in crowded(measured, ()):
        sizes = [len(r.prompt) for r in together.requests]
        assert sum(math.ceil(size / BLOCK) for size in sizes) == SMALL_CACHE - 1
        assert sum(math.ceil((size + GROWN // 2 + 1) / BLOCK) for size in sizes) > SMALL_CACHE - 1
        assert together.requests[-1] in measured


def test_clean_engine_passes_every_state(gate, tmp_path):
    """A clean engine MUST be brought into every state, and agree in each."""
    done, evidence = _evidence(gate, tmp_path)
    assert done.code == 0, done.output
    assert _by_verdict(evidence, "agrees") >= set(STATES)
    assert not _by_verdict(evidence, "not run")
    assert " starts " in done.output


@pytest.mark.parametrize("fault", NAMED)
def test_fault_of_a_state_is_named(gate, tmp_path, fault):
    """A fault that shows in some states only MUST fail there, under its name."""
    where, name = NAMED[fault]
    done, evidence = _evidence(gate, tmp_path, "-k", where, f'--engine-setting=faults=["{fault}"]')
    assert done.code == 1
    causes = {c["cause"] for c in evidence["cases"] if c["verdict"] == "disagrees"}
    assert any(name in (cause or "") for cause in causes), causes
    assert not _by_verdict(evidence, "not run")


def test_far_twins_differ_in_one_token_alone():
    """Before each prompt there MUST be one with its second block behind another first one, and one with its first."""
    prompt = tuple(range(3 * BLOCK))
    before, measured = far_twins_first([Request("a", prompt, Sampling(max_tokens=4), (1, 2, 3, 4))], ())
    twin, head = (r.prompt for r in before.requests)
    assert sum(t != p for t, p in zip(twin, prompt, strict=True)) == 1
    assert twin[0] != prompt[0]
    assert head[:BLOCK] == prompt[:BLOCK]
    assert head[BLOCK : 2 * BLOCK] != prompt[BLOCK : 2 * BLOCK]
    assert measured.requests[0].prompt == prompt


@pytest.mark.parametrize(
    ("setting", "state"),
    [
        ("num_gpu_blocks_override=1000", "scheduling.preempted"),
        ("block_size=128", "caching.warm"),
        ("max_num_batched_tokens=1000", "scheduling.chunked_prefill"),
    ],
)
def test_state_that_did_not_happen_is_told(gate, tmp_path, monkeypatch, setting, state):
    """A state whose settings do not bring it about MUST be reported as not run, and fail the run."""
    key, _, value = setting.partition("=")
    monkeypatch.setitem(STATES[state].settings, key, int(value))
    done, evidence = _evidence(gate, tmp_path, "-k", state)
    assert done.code == 1
    assert evidence["verdict"] == "fail"
    assert state in _by_verdict(evidence, "not run")
    assert f"not run: {state}: " in done.output


def test_renamed_internal_takes_its_own_states_alone(gate, tmp_path):
    """What an engine no longer shows MUST leave the states that need it not run, and the others their verdict."""
    needs = {
        "scheduling.preempted": "preemptions",
        "caching.evicted": "evicted_blocks",
        "scheduling.async": "async_scheduling",
        "scheduling.permuted": "place",
        "logprobs.prompt_permuted": "place",
    }
    renamed = json.dumps(sorted(set(needs.values())))
    done, evidence = _evidence(gate, tmp_path, f"--engine-setting=unread={renamed}")
    assert done.code == 1
    assert evidence["verdict"] == "fail"
    reasons = {c["clause"]: c["reason"] for c in evidence["cases"] if c["verdict"] == "not run"}
    assert reasons == {state: f"toy 1.0 has no {name} any more" for state, name in needs.items()}
    assert _by_verdict(evidence, "agrees") >= set(STATES) - set(needs)


def test_declared_state_is_not_run_and_watched(gate, declare, tmp_path):
    """A state declared out of reach MUST NOT fail the run where it is, and MUST where it is reached again."""
    declare("unreachable", "no-async-in-the-toy", states=["scheduling.async"])
    again = _evidence(gate, tmp_path, "-k", "async")[0]
    assert again.code == 1
    assert "it can be reached again, so no-async-in-the-toy no longer holds" in again.output
    done, evidence = _evidence(gate, tmp_path, "-k", "async", '--engine-setting=resolves={"async_scheduling": false}')
    assert done.code == 0, done.output
    assert _by_verdict(evidence, "not run") == {"scheduling.async"}
    assert evidence["verdict"] == "partial"
