"""Trainer metrics on vectors whose answers were worked out by hand."""

import math

import numpy as np
import pytest

from fixtures import trainer_metrics as tm

LN2 = math.log(2.0)
# Ratios 1, 2 and 1/2 in one completion; 1.01 twice in another.
LOG_RATIOS = [np.array([0.0, LN2, -LN2]), np.log([1.01, 1.01])]


BY_HAND = {
    "ratio": [1.0, 2.0, 0.5],
    "abs_log_ratio": [0.0, LN2, LN2],
    "kl_k1": [0.0, -LN2, LN2],
    "kl_k3": [0.0, 1.0 - LN2, LN2 - 0.5],
    "clip_ppo": [0.0, 1.0, 1.0],
    "clip_reinforce": [0.0, 1.0, 0.0],
    "clip_gspo": [0.0, 0.0, 0.0],
    "token_mult_prob_error": [1.0, 2.0, 2.0],
}


@pytest.mark.parametrize("name", tm.metrics(0.02, 0.02))
def test_value_of_each_token(name):
    """Each metric MUST be its definition, token by token."""
    assert tm.metrics(0.02, 0.02)[name](LOG_RATIOS[0]) == pytest.approx(BY_HAND[name], abs=1e-15)


@pytest.mark.parametrize(("epsilon", "share"), [(0.02, 2 / 3), (0.2, 2 / 3), (1.0, 0.0)])
def test_clip_width_counts(epsilon, share):
    """PPO MUST clip by its own range; a ratio on the edge is not outside it."""
    assert tm.over_sequences(tm.clipped_by_ppo(epsilon, epsilon), LOG_RATIOS[:1]) == pytest.approx(share)


def test_gspo_feels_a_bias_that_ppo_does_not():
    """Rounding of either sign MUST average out over a completion, a bias of 0.03 nats MUST clip all of it."""
    noise, bias = np.array([0.05, -0.05]), np.full(50, 0.03)
    gspo, ppo = (clip(0.02, 0.02) for clip in (tm.clipped_by_gspo, tm.clipped_by_ppo))
    assert gspo(noise).tolist() == [0.0, 0.0]
    assert ppo(noise).tolist() == [1.0, 1.0]
    assert gspo(bias).all()


def test_means_weigh_completions_or_tokens():
    """Over completions each one MUST count once, over tokens each token."""
    assert tm.over_sequences(tm.ratio, LOG_RATIOS) == pytest.approx((3.5 / 3 + 1.01) / 2)
    assert tm.over_tokens(tm.ratio, LOG_RATIOS) == pytest.approx((3.5 + 2.02) / 5)


def test_effective_sample_size():
    """Equal weights MUST leave all of the sample: 1, 2 and 1/2 leave (3.5)^2 / 5.25 of 3."""
    assert tm.effective_sample_size(LOG_RATIOS[1:]) == pytest.approx(1.0)
    assert tm.effective_sample_size(LOG_RATIOS[:1]) == pytest.approx(12.25 / 5.25 / 3)


def test_entropy_and_kept_mass():
    """A fair coin MUST have ln 2 nats, a sure thing none; keeping half of the mass adds ln 2."""
    coin, sure = np.log([0.5, 0.5]), np.array([0.0, -math.inf])
    assert tm.entropy(np.stack([coin, sure])) == pytest.approx([LN2, 0.0])
    assert tm.kept_mass_bias(coin, np.array([True, False])) == pytest.approx(LN2)


@pytest.mark.parametrize("name", tm.metrics(0.02, 0.02))
def test_nan_is_never_averaged_away(name):
    """One NaN logprob MUST show in every metric."""
    spoiled = [np.array([0.0, math.nan]), *LOG_RATIOS]
    value = tm.metrics(0.02, 0.02)[name]
    assert math.isnan(tm.over_sequences(value, spoiled))
    assert math.isnan(tm.over_tokens(value, spoiled))
    assert math.isnan(tm.effective_sample_size(spoiled))
