"""What fits look at: each kind of request answered by a clean toy, and by one with a fault, with its diagnosis."""

import math
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import pytest

from fixtures.asking.cases import Case, Prompt
from fixtures.asking.parameters import Sampling
from fixtures.asking.profiles import PROFILES
from fixtures.asking.requests import Request
from fixtures.engines.interface import Start
from fixtures.engines.toy.engine import Toy
from fixtures.golden import answers
from fixtures.golden.files import Recording
from fixtures.golden.recorder import raw_position
from fixtures.judging.comparison import compare
from fixtures.judging.diagnosis.causes import causes
from fixtures.judging.diagnosis.failing import Failing
from fixtures.judging.diagnosis.fits import fits
from fixtures.judging.diagnosis.ranking import best, diagnose, ranked
from fixtures.tolerances import logit_budget, logprob_allowance

PROFILE = PROFILES["cpu-fp32"]
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
    "top_k_120": {"top_k": 120},
    "top_k_75_warm": {"top_k": 75, "temperature": 0.8},
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

    allowance = logprob_allowance(recording.case.sampling, PROFILE)
    comparison = compare(recording.case, golden, measured, allowance=allowance, budget=logit_budget(PROFILE))
    others = [r for r in _golden().values() if r is not recording]
    return Failing(recording, measured, comparison, others=lambda: others)


def _diagnosed(fault, names=tuple(CASES), *, best_only=True):
    """Case by case, of those that disagree: what explains best, or all that was tried."""
    _, answered = _asked(fault)
    for name, answer in ((n, answered[n]) for n in names):
        failing = _failing(name, answer)
        if failing.beyond:
            explained = diagnose(failing, causes(failing))
            if not best(explained):
                explained = ranked([*explained, *diagnose(failing, fits(failing))])
            yield name, best(explained) if best_only else explained


@pytest.fixture(scope="session")
def toy():
    """``cases`` by name, ``golden()`` their recordings, ``failing`` and ``diagnosed`` what is made of an answer."""
    return SimpleNamespace(cases=CASES, golden=_golden, failing=_failing, diagnosed=_diagnosed)
