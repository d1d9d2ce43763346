"""The hunt works: faults of the sampler planted in the toy engine are found by drawn batches and shrunk small."""

from functools import cache

import pytest
from hypothesis import given, settings

from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.drawn.batches import Live, LiveMismatch
from fixtures.drawn.strategies import batches
from fixtures.drawn.trajectories import Trajectory
from fixtures.engines.interface import Start
from fixtures.engines.toy.engine import Toy
from fixtures.engines.toy.rules import WRONG

FAULTS = [*WRONG, "neighbours_temperature", "not_renormalised"]
PROMPTS = ("Rain came in from the west and the", "for i in range(3): print(i)", "one two one two one")
WORDS = (((("ab"),), ((97, 98), (32, 97, 98))), (("e",), ((101,), (32, 101))))


def _toy(*faults):
    return Toy(
        Start(
            "toy",
            "toy",
            "float32",
            "cpu",
            {"order": "v1", "logprobs_mode": "processed_logprobs", "faults": list(faults)},
        )
    )


@cache
def _trajectories():
    toy = _toy()
    requests = [Request(p, p, Sampling(max_tokens=6)) for p in PROMPTS]
    answers = toy.observe(requests, lambda *_: None)
    return tuple(
        Trajectory(f"toy-{n}", a.prompt_token_ids, a.token_ids, toy.raw_logits(a.key), (0,))
        for n, a in enumerate(answers)
    )


def _hunt(*faults):
    """Run the live property on a toy engine with these faults; returns what it was left with."""
    toy = _toy(*faults)
    live = Live(lambda requests: {a.key: a for a in toy.observe(requests, lambda *_: None)})

    @settings(settings.get_profile("ci"), print_blob=False)
    @given(batch=batches(_trajectories(), WORDS, ties=True))
    def hunt(batch):
        live.check(batch)

    return live, hunt


def test_clean_engine_survives_the_hunt():
    """No drawn batch MUST fail an engine that follows the rules."""
    live, hunt = _hunt()
    hunt()
    assert live.counts.examples >= 300
    assert live.counts.configurations >= 2000
    assert live.counts.undecided < 0.01 * live.counts.configurations


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found_and_shrunk(fault):
    """A rule got wrong MUST be found within the ci profile and shrunk to at most two requests."""
    live, hunt = _hunt(fault)
    with pytest.raises(LiveMismatch, match="append this line"):
        hunt()
    assert len(live.smallest) <= 2
