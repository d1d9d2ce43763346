"""Trainer metrics of whole rollouts: values worked out by hand, and who is further from the trainer."""

import math

import numpy as np
import pytest

from fixtures.judging.findings import Outcome
from fixtures.precision.bootstrap import Interval
from fixtures.reports import trainer
from fixtures.trainer import fixes
from fixtures.trainer.parity import ENTROPY, ESS, METRICS, Compared, Scored, compare

LN2 = math.log(2.0)
TRAINER = [np.array([-1.0, -2.0, -3.0]), np.array([-1.0, -1.0])]
# Ratios 1, 2 and 1/2 in one completion, 1.01 twice in the other.
ENGINE = [TRAINER[0] - [0.0, LN2, -LN2], TRAINER[1] - np.log(1.01)]
BY_HAND = {
    "ratio": (3.5 / 3 + 1.01) / 2,
    "k1 KL": -math.log(1.01) / 2,
    "k3 KL": (0.5 / 3 + 0.01 - math.log(1.01)) / 2,
    "PPO 0.02": (2 / 3 + 0) / 2,
    "PPO 0.2": (2 / 3 + 0) / 2,
    "REINF 0.02": (1 / 3 + 0) / 2,
    "GSPO 0.02": 0.0,
    "mult err": (5 / 3 + 1.01) / 2,
    ESS: (3.5 + 2.02) ** 2 / (5.25 + 2 * 1.01**2) / 5,
    ENTROPY: (2 + 1 + math.log(1.01)) / 2,
}


@pytest.mark.parametrize("metric", METRICS)
def test_value_is_a_mean_over_completions_of_means_over_tokens(metric):
    """Each metric MUST be PipelineRL's mean; the sample size MUST be of all tokens."""
    assert Scored("", ENGINE, TRAINER).value(metric) == pytest.approx(BY_HAND[metric])


def test_over_tokens_a_long_completion_counts_for_more():
    """NeMo-RL's mean MUST be over all tokens."""
    assert Scored("", ENGINE, TRAINER).over_tokens("ratio") == pytest.approx((3.5 + 2.02) / 5)
    assert Scored("", ENGINE, TRAINER).over_tokens(ESS) == pytest.approx(BY_HAND[ESS])


@pytest.fixture
def noisy():
    """Engines off by a bias and by noise, in nats, from one trainer's logprobs."""
    random = np.random.default_rng(0)
    own = [-random.exponential(size=64) for _ in range(40)]
    return lambda bias, size: Scored("", [x + bias + random.normal(scale=size, size=64) for x in own], own)


def test_further_engine_is_told(noisy):
    """An engine off by 0.03 nats MUST be worse in what a bias moves, and one as good MUST NOT be worse in anything."""
    good = noisy(0.0, 0.02)
    worse = {c.metric for c in compare(noisy(0.03, 0.02), good) if c.outcome is Outcome.WRONG}
    assert {"ratio", "k1 KL", "k3 KL", "PPO 0.02", "GSPO 0.02", "entropy"} <= worse
    assert not [c.metric for c in compare(noisy(0.0, 0.02), good) if c.outcome is Outcome.WRONG]


def test_sample_that_cannot_tell_is_undecided(noisy):
    """An engine as good MUST be undecided where the interval reaches twice what is allowed, and right where not."""
    whole = [noisy(0.0, 0.3), noisy(0.0, 0.3)]
    few = [Scored("", e.engine[:6], e.trainer[:6]) for e in whole]
    of_few, of_whole = ({c.metric: c.outcome for c in compare(*pair)} for pair in (few, whole))
    assert of_few["k1 KL"] is Outcome.UNDECIDABLE
    assert of_whole["k3 KL"] is Outcome.RIGHT


@pytest.mark.parametrize(
    ("low", "high", "allowed", "outcome"),
    [
        (-0.0540, 0.0056, 0.0150, Outcome.RIGHT),  # ratio of clean 0.18.1 beside V0: the nearest to the limit
        (-0.1082, 0.0024, 0.0314, Outcome.RIGHT),  # its PPO 0.2 beside transformers
        (-0.2, -0.1, 0.0, Outcome.RIGHT),
        (-0.0540, 0.0151, 0.0150, Outcome.UNDECIDABLE),
        (-0.1, 0.1, 0.0, Outcome.UNDECIDABLE),
        (0.001, 0.002, 1.0, Outcome.WRONG),
        (math.nan, math.nan, 1.0, Outcome.WRONG),
        (-0.1, 0.1, math.nan, Outcome.UNDECIDABLE),
    ],
)
def test_interval_decides_as_far_as_it_reaches(low, high, allowed, outcome):
    """An interval across the limit MUST be right only where it ends within what is allowed beyond it."""
    assert Compared("ratio", Interval(0.0, low, high, 1.0), allowed).outcome is outcome


def test_logprob_that_is_not_a_number_is_worse(noisy):
    """A NaN MUST NOT be averaged away."""
    good, bad = noisy(0.0, 0.02), noisy(0.0, 0.02)
    bad.engine[0][0] = np.nan
    assert {c.outcome for c in compare(bad, good)} == {Outcome.WRONG}


def test_fixes_are_settings():
    """With all four fixes every setting MUST be V0's; without one, that one's alone MUST be V1's."""
    everything = fixes.settings(fixes.ALL)
    for fix in fixes.FIXES:
        assert fixes.settings(fixes.without(fix.name)) == everything | fix.before
        assert fixes.settings((fix.name,)).items() >= fix.after.items()
    assert len({fixes.label(c) for c in fixes.combinations(alone=True)}) == 10


def test_table_and_plot_show_every_engine(tmp_path):
    """Each row MUST be in the table and in the plot, and the same numbers MUST give the same file."""
    exactly = {"exactly": {"entropy": 0.5}}
    rows = [
        exactly | {"row": name} | dict.fromkeys(METRICS, 0.25)
        for name in ("the trainer itself", "V1 by itself", "all four")
    ]
    assert all(row["row"] in trainer.table(rows) for row in rows)
    for name in ("a.svg", "b.svg"):
        trainer.plot([*rows[:2], rows[2] | {"ratio": math.nan}], tmp_path / name)  # a NaN has no bar, and no error
    drawn = (tmp_path / "a.svg").read_text()
    assert all(text in drawn for text in ("V1 by itself", "all four", *METRICS))
    assert drawn == (tmp_path / "b.svg").read_text()
