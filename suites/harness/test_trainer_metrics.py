"""Trainer metrics on vectors whose answers were worked out by hand."""

import math

import numpy as np
import pytest

from fixtures.sampler.logprobs import entropy
from fixtures.trainer import metrics as tm

LN2 = math.log(2.0)
# Ratios 1, 2 and 1/2 in one completion; 1.01 twice in another.
LOG_RATIOS = [np.array([0.0, LN2, -LN2]), np.log([1.01, 1.01])]


BY_HAND = {
    "ratio": [1.0, 2.0, 0.5],
    "k1 KL": [0.0, -LN2, LN2],
    "k3 KL": [0.0, 1.0 - LN2, LN2 - 0.5],
    "PPO 0.02": [0.0, 1.0, 1.0],
    "PPO 0.2": [0.0, 1.0, 1.0],
    "REINF 0.02": [0.0, 1.0, 0.0],
    "GSPO 0.02": [0.0, 0.0, 0.0],
    "mult err": [1.0, 2.0, 2.0],
}


@pytest.mark.parametrize("name", tm.PER_TOKEN)
def test_value_of_each_token(name):
    """Each metric MUST be its definition, token by token."""
    assert tm.PER_TOKEN[name](LOG_RATIOS[0]) == pytest.approx(BY_HAND[name], abs=1e-15)


@pytest.mark.parametrize(("epsilon", "share"), [(0.02, 2 / 3), (0.2, 2 / 3), (1.0, 0.0)])
def test_clip_width_counts(epsilon, share):
    """PPO MUST clip by its own range; a ratio on the edge is not outside it."""
    assert tm.clipped_by_ppo(epsilon, epsilon)(LOG_RATIOS[0]).mean() == pytest.approx(share)


def test_gspo_feels_a_bias_that_ppo_does_not():
    """Rounding of either sign MUST average out over a completion, a bias of 0.03 nats MUST clip all of it."""
    noise, bias = np.array([0.05, -0.05]), np.full(50, 0.03)
    gspo, ppo = (clip(0.02, 0.02) for clip in (tm.clipped_by_gspo, tm.clipped_by_ppo))
    assert gspo(noise).tolist() == [0.0, 0.0]
    assert ppo(noise).tolist() == [1.0, 1.0]
    assert gspo(bias).all()


def test_effective_sample_size():
    """Equal weights MUST leave all of the sample: 1, 2 and 1/2 leave (3.5)^2 / 5.25 of 3, of sums or of means."""
    assert tm.effective_sample_size(2.02, 2 * 1.01**2, 2) == pytest.approx(1.0)
    assert tm.effective_sample_size(3.5, 5.25, 3) == pytest.approx(12.25 / 5.25 / 3)
    assert tm.effective_sample_size(3.5 / 7, 5.25 / 7, 3 / 7) == pytest.approx(12.25 / 5.25 / 3)


def test_entropy():
    """A fair coin MUST have ln 2 nats, a sure thing none."""
    coin, sure = np.log([0.5, 0.5]), np.array([0.0, -math.inf])
    assert entropy(np.stack([coin, sure])) == pytest.approx([LN2, 0.0])


@pytest.mark.parametrize("name", tm.PER_TOKEN)
def test_nan_is_never_averaged_away(name):
    """One NaN logprob MUST show in every metric."""
    assert np.isnan(tm.PER_TOKEN[name](np.array([0.0, math.nan]))).any()
