"""sampling.drawn: its tests are right about a clean draw, and find and name each way to draw wrongly."""

import json

import numpy as np
import pytest

from fixtures.draws.cells import Cells
from fixtures.draws.clause import QUESTIONS, Question
from fixtures.draws.statistics import NAMES, UNIFORM, checks
from fixtures.tolerances import FALSE_ALARMS

SUITE = ("suites/sampling/test_drawn.py",)
# Faults that show in different findings share a run: each by what it must be called.
TOGETHER = (
    {
        "draws_ignore_truncation": "a token that is reported as impossible was drawn",
        "greedy_takes_the_second": "greedy draws another token than the likeliest",
        "seeds_ignored_in_company": "a request's seed is not followed beside other requests",
        "siblings_share_a_seed": "the answers of one request share their draws",
    },
    {
        "draws_at_another_temperature": "draws at another temperature than the one reported",
        "neighbouring_seeds_alike": "requests of neighbouring seeds share their draws",
    },
    {
        "likeliest_too_often": "likeliest token: not as reported",
        "seed_and_child_are_added": "requests of neighbouring seeds share answers",
    },
    {"rows_share_noise": "rows of a batch share their noise"},
)


def _drawn(count, random, *, scale=1.0, likeliest=0.0):
    """Positions of distributions as long-tailed as a language model's; of what is reported the top 20 are known."""
    logits = random.normal(size=(count, 100)) * random.choice([1.5, 3.0, 5.0], size=(count, 1))
    logits = -np.sort(-logits, axis=1)
    p, q = (np.exp(x - x.max(axis=1, keepdims=True)) for x in (logits, scale * logits))
    q[:, 0] *= np.exp(likeliest)
    p, q = (x / x.sum(axis=1, keepdims=True) for x in (p, q))
    drawn = (random.random((count, 1)) > np.cumsum(q, axis=1)).sum(axis=1)
    cells = np.concatenate([p[:, :20], p[:, 20:].sum(axis=1, keepdims=True)], axis=1)
    score = np.concatenate([np.log(p[:, :20]), np.log(p[:, 19:20]) - 1], axis=1)
    return Cells(cells, np.minimum(drawn, 20), score)


def test_p_values_of_clean_draws_are_uniform():
    """Of a hundred clean runs each test's p-values MUST be uniform, or its false alarms are not what is said."""
    from scipy import stats  # a second to import, and a gate of an engine collects this file too

    random = np.random.default_rng(16)
    seen = {name: [] for name in NAMES}
    for _ in range(100):
        for test in checks(_drawn(600, random), random):
            seen[test.name].append(test.p)
    for name, values in seen.items():
        assert len(values) == 100, name
        assert stats.kstest(values, "uniform").pvalue > 1e-3, name


@pytest.mark.parametrize(
    ("fault", "name"),
    [({"scale": 1.06}, "temperature"), ({"scale": 0.94}, "temperature"), ({"likeliest": 0.25}, "likeliest token")],
)
def test_tilt_is_found_and_estimated(fault, name):
    """A draw 6% off in temperature, or 60% drawn at 66%, MUST be found in 8,000 positions, and estimated."""
    random = np.random.default_rng(1)
    found = {t.name: t for t in checks(_drawn(8000, random, **fault), random)}
    planted = fault.get("likeliest", fault.get("scale", 1.0) - 1)
    assert found[name].p < FALSE_ALARMS.budget / 40
    assert abs(found[name].estimate - planted) < 3 * found[name].deviation + 0.1 * abs(planted)
    assert found[UNIFORM].p < 1e-3


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Completions of 16 tokens, enough for the toy's gross faults."""
    monkeypatch.setitem(QUESTIONS, "one batch", Question(1, tokens=16))


def _evidence(gate, tmp_path, *arguments):
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", *arguments, suites=SUITE)
    return done, [c for c in json.loads(file.read_text())["cases"] if c["verdict"] == "disagrees"]


@pytest.mark.parametrize("seed", [0, 1])
def test_clean_engine_has_no_alarm(gate, tmp_path, seed):
    """A clean engine MUST pass under any seed."""
    done, wrong = _evidence(gate, tmp_path, f"--engine-setting=seed={seed}")
    assert done.code == 0, done.output
    assert not wrong


@pytest.mark.parametrize("faults", TOGETHER, ids=lambda faults: next(iter(faults)))
def test_wrong_draw_is_named(gate, tmp_path, faults):
    """Each way to draw wrongly MUST be caught under its name."""
    done, wrong = _evidence(gate, tmp_path, f"--engine-setting=faults={json.dumps(list(faults))}")
    assert done.code == 1
    assert set(faults.values()) <= {c["cause"] for c in wrong}, wrong
