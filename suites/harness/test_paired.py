"""precision.states: a clean engine costs nothing in any state, a lost key is seen, and its power is as stated."""

import json
import math

import numpy as np
import pytest

from fixtures.asking.cases import read_prompts
from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.engines.interface import Start
from fixtures.engines.toy.engine import Toy
from fixtures.golden.rollout_recorder import keep
from fixtures.golden.rollouts import TOP_LOGPROBS, TOP_TOKENS, TRUTH, Completion, Rollouts, read_sets
from fixtures.judging.findings import Outcome
from fixtures.precision import bootstrap, paired
from fixtures.precision.states import ASKED
from fixtures.precision.statistics import RATIOS, Errors
from fixtures.tolerances import STATE

PROMPTS, EACH, TOKENS, DRAWN, SIZE = (
    ("loft", "tide", "market", "block-below", "block-at", "block-above"),
    6,
    12,
    64,
    0.05,
)
SET = f"""[noise]
prompts = {json.dumps(PROMPTS)}
temperature = 1.0
tokens = {TOKENS}
completions = {{ toy = {EACH} }}
"""
SAMPLES, ENOUGH, FEW = 40, 38, 12  # as in test_noise.py; of all statistics together


@pytest.fixture(autouse=True)
def _fewer_draws(monkeypatch):
    monkeypatch.setattr(bootstrap, "RESAMPLES", 200)


@pytest.fixture
def rolled(toy_golden):
    """The toy's golden set with completions that a toy in float32 sampled."""
    (toy_golden / "cases" / "rollouts.toml").write_text(SET)
    prompts = read_prompts(toy_golden)
    toy = Toy(Start("toy", "toy", "float32", "cpu", {"logprobs_mode": "processed_logprobs"}))
    asked = [
        Request(f"noise.{name}.{n}", prompts[name].text, Sampling(max_tokens=TOKENS, min_tokens=TOKENS))
        for name in PROMPTS
        for n in range(EACH)
    ]
    said = toy.observe(asked, lambda *_: None)
    positions = [p for o in said for p in o.positions]
    columns = {
        TRUTH: np.array([p.logprob for p in positions], np.float32),
        TOP_TOKENS: np.array([[c.token for c in p.top[:20]] for p in positions]),
        TOP_LOGPROBS: np.array([[c.logprob for c in p.top[:20]] for p in positions], np.float32),
    }
    completions = tuple(Completion(o.key, o.key.split(".")[1], o.prompt_token_ids, o.token_ids) for o in said)
    (one,) = read_sets(toy_golden, prompts)
    keep(toy_golden, "toy", one, Rollouts(completions, columns), {})
    return toy_golden


def _rows(gate, tmp_path, *arguments):
    file = tmp_path / "evidence.json"
    done = gate("--profile=cpu-bf16", f"--evidence={file}", *arguments, suites=("suites/long/test_states.py",))
    return done, json.loads(file.read_text())["cases"]


@pytest.mark.usefixtures("rolled")
def test_clean_engine_agrees_in_every_state(gate, tmp_path):
    """A clean engine MUST reach every state and agree in it."""
    done, rows = _rows(gate, tmp_path)
    assert done.code == 0, done.output
    assert {r["case"].rpartition("-")[0] for r in rows} == set(ASKED)
    assert {r["verdict"] for r in rows} == {"agrees"}


@pytest.mark.usefixtures("rolled")
def test_lost_key_of_a_cached_block_is_seen(gate, tmp_path):
    """A block of the cache that lost a key MUST fail where the cache is read, and nowhere else."""
    fault = '--engine-setting=faults=["a_key_of_a_cached_block_is_lost"]'
    done, rows = _rows(gate, tmp_path, fault, "-k", "warm or alone")
    assert done.code == 1
    wrong = {r["case"] for r in rows if r["verdict"] == "disagrees"}
    assert "caching.warm-token" in wrong
    assert all(case.startswith("caching.warm") for case in wrong)


@pytest.mark.usefixtures("rolled")
def test_state_that_did_not_happen_is_told(gate, tmp_path, monkeypatch):
    """With room for all a request that was to give way MUST be not run, and fail."""
    monkeypatch.setitem(ASKED["scheduling.preempted"].state.settings, "num_gpu_blocks_override", 1000)
    done, rows = _rows(gate, tmp_path, "-k", "preempted")
    assert done.code == 1
    assert [(r["verdict"], r["reason"]) for r in rows] == [
        ("not run", "0 of 32 requests were in this state: it was not preempted")
    ]


def _drawn(seed, count=32):
    """Synthetic rollouts, and the plain and the state's error: roundings of one size, drawn anew."""
    random = np.random.default_rng(seed)
    completions = tuple(Completion(str(i), "", (), (0,) * DRAWN) for i in range(count))
    top = -np.sort(random.exponential(2.0, size=(count * DRAWN, 20)))

    def errors():
        shapes = ((count, DRAWN), (count, DRAWN, 20))
        return Errors(*(list(random.normal(scale=SIZE, size=shape)) for shape in shapes))

    return Rollouts(completions, {TOP_LOGPROBS: top}), errors(), errors()


def _at_worst(by, errors, plain):
    """``by`` of the plain answer's largest error, in one token."""
    chosen = [e.copy() for e in errors.chosen]
    apart = chosen[3][5] - plain.chosen[3][5]
    chosen[3][5] += math.copysign(by * np.abs(np.concatenate(plain.chosen)).max(), apart)
    return Errors(chosen, errors.top)


def _larger(by, errors):
    return Errors([e * by for e in errors.chosen], errors.top)


FAULTS = {
    "rms": lambda by, e, _plain, _r: _larger(by, e),
    "tail": lambda by, e, _plain, _r: _larger(by, e),
    "bias": lambda by, e, _plain, _r: Errors([x + by for x in e.chosen], e.top),
    "scale": lambda by, e, _plain, r: Errors(
        e.chosen, [x + by * a for x, a in zip(e.top, r.of(TOP_LOGPROBS), strict=True)]
    ),
    "token": lambda by, e, plain, _r: _at_worst(by, e, plain),
    "request": lambda by, e, _plain, _r: Errors([e.chosen[0] + 2 * by * SIZE, *e.chosen[1:]], e.top),
}


def _one(name, rollouts, state, plain):
    return paired.statistic(name, rollouts, state, plain)


def test_roundings_drawn_anew_are_no_fault():
    """On noise of the plain answer's own size no statistic MUST be called a disagreement, whatever was drawn."""
    for seed in range(FEW):
        assert Outcome.WRONG not in {s.outcome for s in paired.statistics(*_drawn(seed))}


@pytest.mark.parametrize("name", [n for n in STATE if n != "tail"])  # whose power test_noise.py shows
def test_power_is_as_stated(name):
    """What a statistic says it detects MUST be called a disagreement, 99 times in 100."""
    found = 0
    for seed in range(SAMPLES):
        rollouts, state, plain = _drawn(seed)
        clean = _one(name, rollouts, state, plain)
        by = clean.detects / clean.estimate if name in RATIOS else clean.detects
        found += _one(name, rollouts, FAULTS[name](by, state, plain, rollouts), plain).outcome is Outcome.WRONG
    assert found >= ENOUGH


@pytest.mark.parametrize("name", ["rms", "bias", "token", "request"])
def test_logprob_that_is_no_number_is_wrong(name):
    """A NaN MUST NOT be averaged away."""
    rollouts, state, plain = _drawn(0)
    state.chosen[2][1] = math.nan
    assert _one(name, rollouts, state, plain).outcome is Outcome.WRONG
