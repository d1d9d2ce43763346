"""fixtures/sampler beside what V0 recorded: golden raw logits through its rules must give golden logprobs."""

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fixtures.asking.cases import read_cases
from fixtures.asking.observations import Observation
from fixtures.asking.parameters import Sampling
from fixtures.asking.profiles import PROFILES
from fixtures.golden.files import logits_path, read_logits, read_recording
from fixtures.golden.manifest import read_manifest
from fixtures.models.checkpoints import DEFAULT
from fixtures.sampler import transforms
from fixtures.sampler.logprobs import log_softmax
from fixtures.sampler.margins import margin
from fixtures.sampler.order import ORDERS, processed_logits
from fixtures.sampler.transforms import Context
from fixtures.tolerances import logprob_allowance, specification_allowance

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
CASES = read_cases(GOLDEN)


@cache
def _recording(case_id):
    return read_recording(GOLDEN, DEFAULT, CASES[case_id])


@cache
def _rows():
    """(prompt tokens, generated tokens) -> V0's raw logits there, over every case whose logits were kept."""
    found = {}
    for case_id in CASES:
        logits = read_logits(GOLDEN, DEFAULT, case_id)
        if logits is not None:
            o = _recording(case_id).observation
            found |= {(o.prompt_token_ids, o.token_ids[:i]): row for i, row in enumerate(logits)}
    return found


def _known_positions(o: Observation):
    rows = _rows()
    keys = [(i, (o.prompt_token_ids, o.token_ids[:i])) for i in range(len(o.token_ids))]
    return [(i, rows[key]) for i, key in keys if key in rows]


COVERED = {CASES[i].prompt for i in CASES if (GOLDEN / logits_path(DEFAULT, i)).is_file()}


HELD = [i for i in CASES if CASES[i].prompt in COVERED and not CASES[i].swaps]  # a swap changes the logits


@pytest.mark.parametrize("case_id", HELD, ids=lambda i: CASES[i].label)
def test_specification_gives_what_v0_reported(case_id):
    """From V0's raw logits the rules in V0's order MUST give V0's logprobs to 1e-5, wherever the logits were kept."""
    recording = _recording(case_id)
    positions = _known_positions(recording.observation)
    assert positions, "every prompt's first position is kept"
    for i, row in positions:
        specified = log_softmax(processed_logits(row, recording.context(i)))
        for token, logprob in recording.observation.positions[i].values.items():
            assert abs(specified[token] - logprob) <= _allowed(recording.case, logprob)


def _allowed(case, logprob):
    """V0 computes a row in another batch shape where prompt logprobs are asked, so its own float32 noise comes in."""
    if case.prompt_logprobs:
        return logprob_allowance(case.sampling, PROFILES["cpu-fp32"])(logprob)
    return specification_allowance(case.sampling, logprob)


@pytest.mark.parametrize("rule", ORDERS["v0"].rules, ids=lambda r: r.__name__)
def test_every_rule_is_held_to_a_recording(rule):
    """A rule left out MUST break the reproduction of some recording, or the recordings do not hold it."""
    without = ORDERS["v0"].without(rule)
    for case in CASES.values():
        if not ORDERS["v0"].applies(case.sampling, rule):
            continue
        recording = _recording(case.id)
        for i, row in _known_positions(recording.observation):
            specified = log_softmax(processed_logits(row, recording.context(i), without))
            if any(
                _apart(v, specified[t], case.sampling) for t, v in recording.observation.positions[i].values.items()
            ):
                return
    pytest.fail(f"no recording notices that {rule.__name__} is missing")


def _apart(recorded, specified, sampling):
    return not abs(recorded - specified) <= specification_allowance(sampling, recorded)


def _context(**sampling):
    return Context(Sampling(**sampling), prompt=(0, 1), output=(2,), stop_tokens=(7,), bad_words=((5,), (2, 6)))


LOGITS = np.array([2.0, -1.0, 1.5, 0.5, 0.0, -0.5, 1.0, 3.0])


@pytest.mark.parametrize(
    ("rule", "sampling", "expected"),
    [
        ("logit_bias", {"logit_bias": ((0, 150.0), (1, -150.0))}, {0: 102.0, 1: -101.0, 2: 1.5}),
        ("logit_bias_unclamped", {"logit_bias": ((0, 150.0),)}, {0: 152.0}),
        ("allowed_token_ids", {"allowed_token_ids": (3, 4)}, {3: 0.5, 4: 0.0, 0: -math.inf}),
        ("bad_words", {}, {5: -math.inf, 6: -math.inf, 2: 1.5}),
        ("min_tokens", {"min_tokens": 2}, {7: -math.inf, 0: 2.0}),
        ("min_tokens", {"min_tokens": 1}, {7: 3.0}),
        ("repetition_penalty", {"repetition_penalty": 2.0}, {0: 1.0, 1: -2.0, 2: 0.75, 3: 0.5}),
        ("frequency_penalty", {"frequency_penalty": 0.5}, {2: 1.0, 0: 2.0}),
        ("presence_penalty", {"presence_penalty": 0.5}, {2: 1.0, 0: 2.0}),
        ("temperature", {"temperature": 0.001}, {0: 200.0}),
        ("temperature", {"temperature": 0.0}, {0: 2.0}),
        ("top_k", {"top_k": 2}, {7: 3.0, 0: 2.0, 2: -math.inf}),
        ("top_p", {"top_p": 1e-6}, {7: 3.0, 0: -math.inf}),
        ("min_p", {"min_p": 0.3}, {7: 3.0, 0: 2.0, 2: -math.inf}),
    ],
)
def test_rule_on_a_vector(rule, sampling, expected):
    """Each rule MUST do to a small vector what its source does, computed by hand."""
    found = getattr(transforms, rule)(LOGITS, _context(**sampling))
    assert {t: found[t] for t in expected} == pytest.approx(expected)


def test_top_p_drops_a_token_that_ends_exactly_at_the_cut():
    """Dropped while cumulative <= 1 - p: of two equal tokens p = 0.5 MUST leave one."""
    kept = transforms.top_p(np.zeros(2), _context(top_p=0.5))
    assert np.isfinite(kept).sum() == 1


@pytest.mark.parametrize("sampling", [{"top_k": 3}, {"top_p": 0.8}, {"min_p": 0.2}], ids=str)
def test_margin_is_where_the_support_changes(sampling):
    """Errors of the raw logits below the margin MUST leave the kept tokens; a little above it one changes them."""
    context = _context(**sampling)
    near = margin(LOGITS, context)
    kept = _kept(LOGITS, context)
    assert 0 < near < math.inf
    assert all(_kept(LOGITS + near * 0.98 * signs, context) == kept for signs in _signs())
    assert any(_kept(LOGITS + near * 1.5 * signs, context) != kept for signs in _signs())


def _kept(logits, context):
    return frozenset(np.flatnonzero(np.isfinite(processed_logits(logits, context))))


def _signs():
    return (np.array([1 if n >> bit & 1 else -1 for bit in range(LOGITS.size)]) for n in range(2**LOGITS.size))


def test_golden_is_whole():
    """The shipped golden set MUST be what the mission asks: V0's, 80 cases of 32 tokens, under 40 MB."""
    manifest = read_manifest(GOLDEN)
    assert {(s["name"], s["version"]) for s in manifest["sessions"].values()} == {("vllm", "0.8.5")}
    full = [i for i in CASES if len(_recording(i).observation.token_ids) == 32]
    assert len(full) >= 80
    assert len({CASES[i].prompt.kind for i in full}) >= 5
    assert sum(CASES[i].clause == "sampling.combination" for i in full) >= 25
    assert sum(p.stat().st_size for p in GOLDEN.rglob("*") if p.is_file()) < 40e6
