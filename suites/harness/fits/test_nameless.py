"""What no cause explains has no name: noise, what is too small, and what golden does not list."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from fixtures.asking.cases import read_cases
from fixtures.asking.profiles import PROFILES
from fixtures.asking.requests import TOP
from fixtures.golden import answers
from fixtures.golden.files import read_recording
from fixtures.judging.comparison import compare
from fixtures.judging.diagnosis.causes import causes
from fixtures.judging.diagnosis.failing import Failing
from fixtures.judging.diagnosis.fits import fits
from fixtures.judging.diagnosis.ranking import best, diagnose
from fixtures.models.checkpoints import DEFAULT
from fixtures.tolerances import logit_budget, logprob_allowance

FEW = 12  # tokens, as many as suites/hunt asks of each fault
GOLDEN = Path(__file__).resolve().parents[3] / "golden"
SAMPLED = "the sampled token's logprob shifted by a constant"


def test_what_golden_does_not_know_is_not_named(toy):
    """Where golden does not list the tokens that a neighbour's bias favours, nothing else MUST be named."""
    names = [e.cause.name for _, explained in toy.diagnosed("neighbours_logit_bias") for e in explained]
    assert all("of a neighbour" in n or "raw logprobs" in n or "not applied" in n for n in names), names


def test_list_that_is_not_normalised_was_not_left_by_a_mask():
    """Where each token has the value of the one below it, the last one none, no neighbour's mask MUST be named.

    A mask leaves lists that hold all there is. Of V0's own recordings, as the toy's masks bar no fitting token.
    """
    cases = read_cases(GOLDEN)
    masked = [c for c in cases.values() if c.sampling.allowed_token_ids or c.sampling.bad_words]
    one, *others = (read_recording(GOLDEN, DEFAULT, c) for c in (cases["654c1130"], *masked))
    o = one.observation
    shown = replace(o, token_ids=o.token_ids[:FEW], positions=tuple(map(_one_lower, o.positions[:FEW])))
    allowance, budget = logprob_allowance(one.case.sampling, PROFILES["cpu-fp32"]), logit_budget(PROFILES["cpu-fp32"])
    golden = [answers.reported(one, i) for i in range(FEW)]
    failing = Failing(
        one, shown, compare(one.case, golden, shown, allowance=allowance, budget=budget), others=lambda: others
    )
    assert failing.beyond
    assert not best(diagnose(failing, fits(failing)))


def _one_lower(position):
    finite = sorted((c for c in position.top if math.isfinite(c.logprob)), key=lambda c: -c.logprob)
    values = [*(c.logprob for c in finite[1:]), -math.inf if len(finite) < TOP else finite[-1].logprob]
    top = tuple(c._replace(logprob=v) for c, v in zip(finite, values, strict=True))
    return replace(position, logprob=next(c.logprob for c in top if c.token == position.token), top=top)


def test_tail_that_is_cut_is_no_constant_shift(toy):
    """One more token cut far below the list moves all of a place by one number: a constant MUST NOT be named.

    It is another number at each place; at few of them, or at one alone, it is beyond the allowance.
    """
    found = dict(toy.diagnosed("top_k+-1", ("top_k_120", "top_k_75_warm")))
    names = {e.cause.name for explained in found.values() for e in explained}
    assert len(found) == 2
    assert names <= {"another top_k", "top_k of a neighbour in the batch", "truncation or its renormalisation differs"}


def test_difference_near_the_allowance_has_no_name(toy):
    """Of a difference twice its allowance nearly any cause leaves little: none MUST be named."""
    assert not [
        e
        for _, explained in toy.diagnosed("sampled+0.0002", ("neutral", "top_k", "penalties"))
        for e in explained
        if e.cause.name != SAMPLED
    ]


def test_noise_has_no_name(toy):
    """Values that are off at random, by a hundredth of a nat, MUST have no name."""
    random = np.random.default_rng(0)
    for name in ("neutral", "top_p_warm", "penalties", "mask"):
        recording = toy.golden()[name]
        off = [_noisy(p, random) for p in recording.observation.positions]
        failing = toy.failing(name, replace(recording.observation, positions=tuple(off)))
        assert not best(diagnose(failing, [*causes(failing), *fits(failing)])), name


def _noisy(position, random):
    top = tuple(c._replace(logprob=c.logprob + random.normal(0, 0.01)) for c in position.top)
    own = next(c.logprob for c in top if c.token == position.token)
    return replace(position, logprob=own, top=top)
