"""Swaps of weights: the clean toy agrees with its golden, and each way to get a swap wrong is named."""

import json

import pytest

SUITE = "suites/weights"
NAMED = {
    "swap_ignored": "still the old weights",
    "kv_dropped": "the new weights on a recomputed KV cache",
    "swap_early": "the swap came one token early",
    "swap_late": "the swap came one token late",
    "stale_head": "the head kept the old weights",
    "stale_layer": "layer 0 kept the old weights",
}


def _causes(gate, tmp_path, fault):
    file = tmp_path / "evidence.json"
    done = gate(
        "-k",
        "middle or three",
        f"--evidence={file}",
        f'--engine-setting=faults=["{fault}"]',
        suites=(f"{SUITE}/test_inflight.py",),
    )
    rows = json.loads(file.read_text())["cases"]
    return done, {c["cause"] for c in rows if c["verdict"] == "disagrees"}


def test_clean_engine_passes(gate):
    """A clean engine MUST agree with golden over every swap, and the oracle with both."""
    done = gate(suites=["suites/proof", *(f"{SUITE}/test_{name}.py" for name in ("inflight", "pause"))])
    assert done.code == 0, done.output


@pytest.mark.parametrize("fault", NAMED)
def test_wrong_swap_is_named(gate, tmp_path, fault):
    """A swap done in another way than V0's MUST fail and be named."""
    done, causes = _causes(gate, tmp_path, fault)
    assert done.code == 1
    assert any(NAMED[fault] in (cause or "") for cause in causes), causes


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("kv_dropped", "expected went on, with the new weights on the old ones' KV cache"),
        ("kv_kept_when_clearing", "expected went on, with the new weights on a recomputed KV cache"),
        ("token_lost_at_resume", "lost or gained tokens"),
        ("swap_ignored", "showed went on, with the old weights"),
    ],
)
def test_wrong_pause_is_named(gate, fault, shown):
    """A pause that does something else than documented MUST fail, and what it did MUST be said."""
    done = gate(
        f'--engine-setting=faults=["{fault}"]',
        "-k",
        "keep and not prefix_caching and not async",
        suites=(f"{SUITE}/test_pause.py",),
    )
    assert done.code == 1
    assert shown in done.output


def test_raw_logprobs_are_named_through_a_pause(gate, tmp_path):
    """A pause that did what it should, under another mode, MUST be named by the mode and not by the weights."""
    file = tmp_path / "evidence.json"
    raw = "--engine-setting=logprobs_mode=raw_logprobs"
    gate(raw, f"--evidence={file}", "-k", "keep and not async", suites=(f"{SUITE}/test_pause.py",))
    failing = [c for c in json.loads(file.read_text())["cases"] if c["verdict"] == "disagrees"]
    assert {c["cause"] for c in failing} == {"raw logprobs instead of processed ones"}
    assert {c["remedy"] for c in failing} == {"set logprobs_mode=processed_logprobs; V1's default is raw_logprobs"}


@pytest.mark.parametrize("swaps", ['[[3, "c"]]', '[["x", "b"]]', '[[4, "b"], [2, "a"]]', "7"])
def test_unusable_swaps_are_refused(toy_golden, gate, swaps):
    """Swaps that cannot be made MUST be named by file and line."""
    line = f'{{"case": "x", "clause": "weights.inflight", "prompt": "loop", "swaps": {swaps}, "because": "x"}}\n'
    (toy_golden / "cases/other.jsonl").write_text(line)
    done = gate("--collect-only", suites=(SUITE,))
    assert done.code not in (0, 5)
    assert "other.jsonl line 1" in done.output
    assert "swaps=" in done.output
