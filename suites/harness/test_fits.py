"""Faults with a number, planted in the toy's sampler: what is named, and the number that is read from the answer."""

import math
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from fixtures.asking.cases import Case, Prompt
from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.engines.interface import Start
from fixtures.engines.toy.engine import Toy
from fixtures.golden import answers
from fixtures.golden.files import Recording
from fixtures.golden.recorder import raw_position
from fixtures.judging.comparison import compare
from fixtures.judging.diagnosis.failing import Failing
from fixtures.judging.diagnosis.fits import fits, known
from fixtures.judging.diagnosis.ranking import best, diagnose, ranked
from fixtures.tolerances import logit_budget, logprob_allowance

ASKED = {
    "neutral": {},
    "greedy": {"temperature": 0.0},
    "warm": {"temperature": 0.7},
    "hot": {"temperature": 1.3},
    "top_k": {"top_k": 6},
    "top_k_20": {"top_k": 20},
    "top_p": {"top_p": 0.8},
    "top_p_warm": {"top_p": 0.9, "temperature": 0.7},
    "min_p": {"min_p": 0.1},
    "repetition": {"repetition_penalty": 1.5},
    "presence": {"presence_penalty": 1.0},
    "frequency": {"frequency_penalty": 0.8},
    "penalties": {"repetition_penalty": 1.2, "presence_penalty": 0.5, "frequency_penalty": 0.4, "temperature": 0.8},
    "bias": {"logit_bias": ((97, 3.0), (101, -4.0), (32, 2.0))},
    "mask": {"allowed_token_ids": tuple(range(97, 108))},
    "words": {"bad_words": ("a", "e", "th")},
}
PROMPTS = ("Rain came in from the west and the", "for i in range(3): print(i)", "one two one two one")


def _cases():
    for n, (name, sampling) in enumerate(ASKED.items()):
        prompt = Prompt(f"p{n % 3}", "prose", PROMPTS[n % 3])
        yield Case(name, "sampling.fit", prompt, Sampling(max_tokens=12, **sampling), False, "")


CASES = {c.name: c for c in _cases()}


def _asked(fault=""):
    settings = {"order": "v0", "logprobs_mode": "processed_logprobs", "faults": [fault] if fault else []}
    toy = Toy(Start("toy", "toy", "float32", "cpu", settings))
    forced = {} if not fault else {n: r.observation.token_ids for n, r in _golden().items()}
    requests = [Request(n, c.prompt.text, c.sampling, forced.get(n, ())) for n, c in CASES.items()]
    return toy, {a.key: a for a in toy.observe(requests, lambda *_: None)}


@cache
def _golden():
    toy, answered = _asked()
    return {name: _recording(toy, CASES[name], answer) for name, answer in answered.items()}


def _recording(toy, case, answer):
    """As a file has it: tokens without a probability are not listed."""
    finite = tuple(replace(p, top=tuple(c for c in p.top if math.isfinite(c.logprob))) for p in answer.positions)
    bare = Recording(case, replace(answer, positions=finite), (), (0,))
    return replace(bare, raw=tuple(raw_position(bare, i, row) for i, row in enumerate(toy.raw_logits(case.name))))


def _failing(name, measured):
    recording = _golden()[name]
    golden = [answers.reported(recording, i) for i in range(len(recording.raw))]

    def allowance(logprob):
        return logprob_allowance(recording.case.sampling, logprob, "float32", "cpu")

    comparison = compare(recording.case, golden, measured, allowance=allowance, budget=logit_budget("float32", "cpu"))
    others = [r for r in _golden().values() if r is not recording]
    return Failing(recording, measured, comparison, others=lambda: others)


def _diagnosed(fault, names=tuple(CASES)):
    """Case by case, of those that disagree: what explains."""
    _, answered = _asked(fault)
    for name, answer in ((n, answered[n]) for n in names):
        failing = _failing(name, answer)
        if failing.beyond:
            explained = diagnose(failing, known(failing))
            if not best(explained):
                explained = ranked([*explained, *diagnose(failing, fits(failing))])
            yield name, best(explained)


NOT_APPLIED = "{} is not applied"
NEIGHBOUR = "{} of a neighbour in the batch"
SAMPLED, LOGIT = "the sampled token's logprob shifted by a constant", "the sampled token's logit shifted by a constant"
ALL, RAW = "all logprobs shifted by a constant", "raw logits that are scaled"
TEMPERATURE = "another temperature"
# Fault -> a case that it shows in, its name there, the number that was planted.
PLANTED = {
    "temperature*1.01": ("warm", TEMPERATURE, 0.707),
    "temperature*1.1": ("hot", TEMPERATURE, 1.43),
    "temperature*0.99": ("penalties", TEMPERATURE, 0.792),
    "temperature*2": ("bias", TEMPERATURE, 2.0),
    "logits*1.01": ("bias", RAW, 1.01),
    "logits*0.9": ("penalties", RAW, 0.9),
    "logits*1.001": ("neutral", TEMPERATURE, 1 / 1.001),
    "all+0.01": ("neutral", ALL, 0.01),
    "all+-0.5": ("top_p", ALL, -0.5),
    "all+0.002/5": ("mask", ALL, 0.002),
    "sampled+0.01": ("top_k", SAMPLED, 0.01),
    "sampled+0.5": ("greedy", SAMPLED, 0.5),
    "sampled+-0.5/4": ("neutral", SAMPLED, -0.5),
    "sampled_logit+0.01": ("words", LOGIT, 0.01),
    "sampled_logit+0.5": ("frequency", LOGIT, 0.5),
    "top_for_sampled": ("hot", "the top token's logprob in place of the sampled one's", None),
    "one_rank_off": ("neutral", "logprobs of the token one rank lower", None),
    "shifted_by_one": ("warm", "logprobs of the position one earlier", None),
    "rounded_to_bfloat16": ("neutral", "logprobs rounded to bfloat16", None),
    "rounded_to_float16": ("penalties", "logprobs rounded to float16", None),
    "head_in_bfloat16": ("warm", "logits rounded to bfloat16", None),
    "values_of_a_neighbour": ("presence", NEIGHBOUR.format("values"), None),
    "neighbours_temperature": ("frequency", NEIGHBOUR.format("temperature"), 0.8),
    "neighbours_penalties": ("min_p", NEIGHBOUR.format("penalties"), 1.5),
    "neighbours_allowed_token_ids": ("bias", NEIGHBOUR.format("allowed_token_ids"), 97),
    "neighbours_bad_words": ("mask", NEIGHBOUR.format("bad_words"), None),
    "neighbours_logit_bias": ("penalties", NEIGHBOUR.format("logit_bias"), 97),
    "neighbours_top_k": ("hot", NEIGHBOUR.format("top_k"), 6),
    "neighbours_top_p": ("top_p", NEIGHBOUR.format("top_p"), 0.9),
    "top_k+-1": ("top_k_20", "another top_k", 19),
    "top_k+1": ("top_k", "another top_k", 7),
    "top_k*2": ("top_k", "another top_k", 12),
    "top_p+-0.05": ("top_p", "another top_p", 0.75),
    "top_p+0.05": ("top_p_warm", "another top_p", 0.95),
    "top_p*0.5": ("top_p_warm", "another top_p", 0.45),
    "min_p*2": ("min_p", "another min_p", 0.2),
    "min_p*0.5": ("min_p", "another min_p", 0.05),
    "repetition_penalty*1.01": ("repetition", "another repetition_penalty", 1.515),
    "repetition_penalty*1.1": ("penalties", "another repetition_penalty", 1.32),
    "presence_penalty*1.01": ("presence", "another presence_penalty", 1.01),
    "frequency_penalty*1.1": ("frequency", "another frequency_penalty", 0.88),
    "penalty_counts_the_prompt": ("frequency", "penalties that count the prompt as output", None),
    "presence_counts_the_prompt": ("presence", "penalties that count the prompt as output", None),
    "penalty_counts_twice": ("frequency", "penalties that count the output twice", None),
    "penalty_ignores_the_prompt": ("repetition", "penalties that do not count the prompt", None),
    "skips_top_k": ("top_k", NOT_APPLIED.format("top_k"), None),
    "not_renormalised": ("top_p", "kept tokens that are not renormalised", None),
}
UNSEEN = {"neighbours_logit_bias"}  # golden does not list the tokens that it favours
# Names that are right for a fault beside its own: on a case they predict the same numbers.
ALSO = {
    "logits*": {TEMPERATURE, RAW},
    "temperature*": {TEMPERATURE, RAW},
    "neighbours_": {
        "raw logprobs",
        "not applied",
        "of a neighbour",
        "another top",
        "another min",
        "another temp",
        "trunc",
    },
    "skips_": {"raw logprobs", "another top", "not applied", "trunc"},
    "not_renormalised": {"raw logprobs", "not applied", "not renormalised", "trunc"},
}


def _right(fault, name):
    """Whether a name that was given to a case is one that this fault may have."""
    also = next((names for start, names in ALSO.items() if fault.startswith(start)), set())
    return PLANTED[fault][1] in name or any(part in name for part in also)


def _names(explained):
    return list(dict.fromkeys(e.cause.name for e in explained))


def _seen(fault):
    """The names and the estimate of the case where it is looked for, and the wrong names there and in three more."""
    case, name, _ = PLANTED[fault]
    start = list(PLANTED).index(fault)
    more = [list(CASES)[(start * 3 + n) % len(CASES)] for n in range(3)]  # every case has its turn
    found = dict(_diagnosed(fault, dict.fromkeys([case, *more])))
    wrong = {(c, n) for c, explained in found.items() for n in _names(explained) if not _right(fault, n)}
    estimate = next((str(e) for e in found.get(case, ()) if e.cause.name == name), "")
    return _names(found.get(case, ())), estimate, wrong


@pytest.mark.parametrize("fault", [f for f in PLANTED if f not in UNSEEN])
def test_fault_is_named_with_its_number(fault):
    """A fault MUST be named where it shows, the number within a tenth of what was planted; no case MUST be misnamed."""
    names, estimate, wrong = _seen(fault)
    assert PLANTED[fault][1] in names, names
    assert not wrong
    if (planted := PLANTED[fault][2]) is not None:
        numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", estimate)]
        assert min(abs(n - planted) for n in numbers[:1]) <= 0.1 * abs(planted), estimate


@pytest.mark.parametrize("fault", UNSEEN)
def test_what_golden_does_not_know_is_not_named(fault):
    """Where golden does not list the tokens that a fault moves, nothing MUST be named wrongly."""
    _, _, wrong = _seen(fault)
    assert not wrong


def test_difference_near_the_allowance_has_no_name():
    """Of a difference twice its allowance nearly any cause leaves little: none MUST be named."""
    assert not [
        e
        for _, explained in _diagnosed("sampled+0.0002", ("neutral", "top_k", "penalties"))
        for e in explained
        if e.cause.name != SAMPLED
    ]


def test_noise_has_no_name():
    """Values that are off at random, by a hundredth of a nat, MUST have no name."""
    random = np.random.default_rng(0)
    for name in ("neutral", "top_p_warm", "penalties", "mask"):
        recording = _golden()[name]
        off = [_noisy(p, random) for p in recording.observation.positions]
        failing = _failing(name, replace(recording.observation, positions=tuple(off)))
        assert not best(diagnose(failing, [*known(failing), *fits(failing)])), name


def _noisy(position, random):
    top = tuple(replace(c, logprob=c.logprob + random.normal(0, 0.01)) for c in position.top)
    own = next(c.logprob for c in top if c.token == position.token)
    return replace(position, logprob=own, top=top)
