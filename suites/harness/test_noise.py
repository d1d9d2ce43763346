"""precision.noise's statistics: silent on the noise of known-good engines, and as sharp as they say."""

import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from fixtures.asking.observations import Candidate, Position
from fixtures.golden.rollouts import TOP_LOGPROBS, TOP_ROUNDED, TRUTH, Completion, Rollouts, read_rollouts
from fixtures.judging import evidence
from fixtures.judging.findings import Outcome
from fixtures.precision import bootstrap, statistics

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
SAMPLES, ENOUGH = 40, 38  # at 99 in 100, fewer than 38 of 40 come once in 130 sets of seeds
TOKENS, SIZE = 64, 0.05
COLUMNS = {"v0.bfloat16": 4.0, "transformers.bfloat16": 1.0}  # sizes of error, in those of the engine


@pytest.fixture(autouse=True)
def _fewer_draws(monkeypatch):
    monkeypatch.setattr(bootstrap, "RESAMPLES", 200)


def _drawn(seed, count=32):
    """Synthetic rollouts with the noise of known-good engines, and an engine's own of the same kind."""
    random = np.random.default_rng(seed)
    completions = tuple(Completion(str(i), "", (), (0,) * TOKENS) for i in range(count))
    size = count * TOKENS
    columns = {name: random.normal(scale=SIZE * share, size=size) for name, share in COLUMNS.items()}
    columns |= {f"{name}.fp32_head": column for name, column in columns.items()} | {TRUTH: np.zeros(size)}
    columns[TOP_LOGPROBS] = -np.sort(random.exponential(2.0, size=(size, 20)))
    columns[TOP_ROUNDED] = random.normal(scale=0.008, size=(size, 20))
    said = (random.normal(scale=SIZE, size=shape).reshape(count, TOKENS, *shape[1:]) for shape in [(size,), (size, 20)])
    return Rollouts(completions, columns), statistics.Errors(*map(list, said))


def _with(by, errors, along):
    return statistics.Errors(errors.chosen, [e + by * a for e, a in zip(errors.top, along, strict=True)])


FAULTS = {
    "rms": lambda by, e, _: statistics.Errors([x * (1 + by) for x in e.chosen], e.top),
    "tail": lambda by, e, _: statistics.Errors([x * (1 + by) for x in e.chosen], e.top),
    "bias": lambda by, e, _: statistics.Errors([x + by for x in e.chosen], e.top),
    "scale": lambda by, e, r: _with(by, e, r.of(TOP_LOGPROBS)),
    "head": lambda by, e, r: _with(by, e, r.of(TOP_ROUNDED)),
}


def _one(name, rollouts, errors):
    return statistics.statistic(name, rollouts, errors, fp32_head=True)


@pytest.mark.parametrize("name", FAULTS)
def test_known_good_engines_are_never_called_wrong(name):
    """On noise of the yardstick's own size no statistic MUST be called a disagreement, whatever sample was drawn."""
    assert Outcome.WRONG not in {_one(name, *_drawn(seed)).outcome for seed in range(SAMPLES)}


@pytest.mark.parametrize(("name", "sign"), [*((n, 1) for n in FAULTS), ("bias", -1), ("scale", -1), ("head", -1)])
def test_power_is_as_stated(name, sign):
    """An error of the size a statistic says it detects MUST be called a disagreement, 99 times in 100."""
    found = 0
    for seed in range(SAMPLES):
        rollouts, errors = _drawn(seed)
        clean = _one(name, rollouts, errors)
        by = clean.detects / clean.estimate - 1 if name in statistics.RATIOS else sign * clean.detects
        found += _one(name, rollouts, FAULTS[name](by, errors, rollouts)).outcome is Outcome.WRONG
    assert found >= ENOUGH


@pytest.mark.parametrize("name", statistics.RATIOS)
def test_smaller_error_is_no_fault(name):
    """An engine nearer to truth than the yardsticks MUST agree."""
    rollouts, errors = _drawn(0)
    assert _one(name, rollouts, FAULTS[name](-0.5, errors, rollouts)).outcome is Outcome.RIGHT


@pytest.mark.parametrize("said", [math.nan, -math.inf])
@pytest.mark.parametrize("name", ["scale", "head"])
def test_top_logprob_that_is_no_number_is_noticed(name, said):
    """One among the top tokens MUST be a disagreement, and so MUST a list that lacks too many of them."""
    rollouts, errors = _drawn(0)
    position = Position(0, -1.0, 1, (Candidate(1, said, 1),))
    errors.top[0][0] = [statistics._reported(position.values, t) for t in range(1, 21)]  # noqa: SLF001
    assert _one(name, rollouts, errors).outcome is Outcome.WRONG
    rollouts, errors = _drawn(0)
    for top in errors.top:
        top[:, 15:] = np.nan
    assert _one(name, rollouts, errors).outcome is Outcome.WRONG


def test_smaller_yardstick_counts():
    """V0's noise on a CPU is four times that of transformers, so an engine as noisy as V0 MUST fail."""
    rollouts, errors = _drawn(0)
    as_noisy = statistics.Errors([4 * e for e in errors.chosen], errors.top)
    assert _one("rms", rollouts, as_noisy).outcome is Outcome.WRONG


def test_logprob_that_is_not_a_number_is_no_small_error():
    """A NaN MUST NOT be averaged away."""
    rollouts, errors = _drawn(0)
    errors.chosen[0][0] = np.nan
    assert _one("rms", rollouts, errors).outcome is Outcome.WRONG
    assert _one("bias", rollouts, errors).outcome is Outcome.WRONG


def test_number_that_is_none_reaches_the_evidence():
    """A NaN MUST NOT cost the run its evidence file: JSON has none, so null stands there, and the verdict beside it."""
    rollouts, errors = _drawn(0)
    errors.chosen[0][0] = np.nan
    found = evidence._json(asdict(_one("rms", rollouts, errors)))  # noqa: SLF001
    assert json.loads(json.dumps(found, allow_nan=False))["estimate"] is None


@pytest.mark.parametrize("model", ["smollm2-135m", "smollm2-135m-untied"])
def test_golden_noise_is_what_the_clause_needs(model):
    """At least 4,000 tokens; transformers' error MUST be smaller with a float32 head, V0's larger than both."""
    rollouts = read_rollouts(GOLDEN, model, "noise")
    size = {n: np.sqrt(np.mean((c - rollouts.columns[TRUTH]) ** 2)) for n, c in rollouts.columns.items() if ".bf" in n}
    assert len(rollouts.columns[TRUTH]) >= 4000
    assert size["transformers.bfloat16.fp32_head"] < size["transformers.bfloat16"] < size["v0.bfloat16"] / 3
