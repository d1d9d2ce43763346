"""Kernels alone: the questions, on a stand-in that computes what kernels are to compute, and on faults of it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from fixtures.asking.observations import Description, Observation
from fixtures.asking.settings import CHOSEN_RUNNER
from fixtures.drawn.trajectories import Trajectory
from fixtures.engines.vllm import path, planted_kernels, second_runner
from fixtures.judging.findings import Finding, Outcome
from fixtures.kernels import draw
from fixtures.kernels.clause import checked
from fixtures.kernels.questions import CUT_ELSEWHERE, MIN_P_FIRST, OTHERWISE, QUESTIONS, V0S
from fixtures.kernels.rows import Rows, part, whole
from fixtures.sampler import transforms
from fixtures.sampler.logprobs import log_softmax, position
from fixtures.sampler.order import ORDERS, processed_logits
from fixtures.sampler.transforms import Context

BLANK = Finding(clause="kernels.sampler", case="", profile="cpu-fp32", engine=Description("vllm", "0.32.0"))
VOCABULARY = 400


def _trajectories():
    random = np.random.default_rng(0)
    for n in range(4):
        logits = random.normal(0, 3, (8, VOCABULARY)).astype(np.float32)
        tokens = tuple(int(t) for t in logits.argmax(axis=1))
        yield Trajectory(f"prompt {n}", (n, 50, 60 + n), tokens, logits, (0,))


ROWS = whole(_trajectories(), ())
BY_PROMPT = {t.prompt: t for t in ROWS.trajectories}


def _kernels(order=ORDERS["v0"], change=lambda p: p, seeds=lambda _request, n: n):
    """Answers as the specification has them; draws where nothing is forced."""
    drawn = iter(range(10**6))

    def answer(request):
        own, tokens, positions = BY_PROMPT[request.prompt], [], []
        noise = np.random.default_rng(seeds(request, next(drawn)))
        for i in range(request.sampling.max_tokens):
            stops = tuple({*own.stop_tokens, *request.sampling.stop_token_ids})
            context = Context(request.sampling, own.prompt, tuple(tokens), stops)
            values = log_softmax(processed_logits(own.logits[i], context, order))
            race = values if request.sampling.greedy else values + noise.gumbel(size=VOCABULARY)
            tokens.append(request.forced[i] if request.forced else int(race.argmax()))
            positions.append(change(position(values, tokens[-1], 20)))
        return Observation(request.key, request.prompt, tuple(tokens), tuple(positions), "length")

    return lambda requests: {r.key: answer(r) for r in requests}


def _asked(name, observe):
    return checked(replace(BLANK, case=name), observe, ROWS, replace(QUESTIONS[name], batches=6))


def test_a_part_of_the_vocabulary_is_the_same_rows():
    """A part MUST have each token's own logit under its new name, of the prompts, tokens and stop tokens too."""
    one = Rows(ROWS.trajectories[:1], ())
    smaller = part(one, 390)
    assert smaller.trajectories[0].vocabulary == 390
    for own, cut in zip(one.trajectories, smaller.trajectories, strict=True):
        for names in ("tokens", "prompt", "stop_tokens"):
            given, renamed = list(getattr(own, names)), list(getattr(cut, names))
            assert np.array_equal(own.logits[:, given], cut.logits[:, renamed]), names


def test_rows_of_one_prompt_are_given_once():
    """Kernels look logits up by prompt, so no two trajectories MUST have one."""
    twice = [*_trajectories(), *_trajectories()]
    assert len(whole(twice, ()).trajectories) == 4


@pytest.mark.parametrize("name", QUESTIONS)
def test_kernels_that_follow_v0_are_right(name):
    """Kernels that do what V0's rules do MUST be right in every question."""
    found = _asked(name, _kernels())
    assert found.outcome is Outcome.RIGHT, found.lines
    assert found.shows == V0S
    assert found.positions > 0


def test_a_rank_off_by_one_is_seen():
    """A rank that counts from 0 MUST be something else, and the failure says so."""
    found = _asked("any batch", _kernels(change=lambda p: replace(p, rank=p.rank - 1)))
    assert (found.outcome, found.shows) == (Outcome.WRONG, OTHERWISE)
    assert "wrong rank" in found.reason


def test_bias_after_penalties_is_seen():
    """Rules in an order that changes values MUST be something else."""
    rules = [r for r in ORDERS["v0"].rules if r is not transforms.logit_bias]
    late = replace(ORDERS["v0"], rules=(*rules[:6], transforms.logit_bias, *rules[6:]))
    found = _asked("bias beside penalties", _kernels(late))
    assert (found.outcome, found.shows) == (Outcome.WRONG, OTHERWISE)


def test_v1s_order_is_named():
    """min_p before top_p MUST be named where the two meet, and be something else elsewhere."""
    assert _asked("min_p with top_p", _kernels(ORDERS["v1"])).shows == MIN_P_FIRST


def _another_cut(logits, context):
    return transforms.top_p(logits, replace(context, sampling=replace(context.sampling, top_p=0.3)))


def test_another_cut_is_named_only_where_it_is_expected():
    """A top_p of another place MUST be named in large batches alone; in small ones it is something else."""
    _another_cut.__name__ = "top_p"
    rules = tuple(_another_cut if r is transforms.top_p else r for r in ORDERS["v0"].rules)
    kernels = _kernels(replace(ORDERS["v0"], rules=rules))
    found = _asked("top_p alone in a large batch", kernels)
    assert found.shows == CUT_ELSEWHERE
    assert found.statistic["kept, from V0"] > 0.1
    assert _asked("top_p alone in a small batch", kernels).shows == OTHERWISE


def test_a_mask_with_a_hole_is_no_cut():
    """Where the kept tokens are not the likeliest ones no cut MUST explain them."""

    def hole(p):
        kept = tuple(c._replace(logprob=-np.inf) if c.rank == 1 and c.token != p.token else c for c in p.top)
        return replace(p, top=kept)

    assert _asked("top_p alone in a large batch", _kernels(change=hole)).shows == OTHERWISE


def test_honest_draws_are_right_and_one_seed_for_all_rows_is_not():
    """Draws from what is reported MUST be right; rows that share one seed MUST be named."""

    def own(request, n):
        return n if request.seed is None else request.seed + 10**7

    right = list(draw.findings(replace(BLANK, clause="kernels.draw"), _kernels(seeds=own), ROWS.trajectories[:3]))
    assert [f.case for f in right] == list(draw.CASES)
    assert {f.outcome for f in right} == {Outcome.RIGHT}
    shared = draw.findings(BLANK, _kernels(seeds=lambda *_: 1), ROWS.trajectories[:3])
    wrong = {f.case: f.cause for f in shared if f.outcome is Outcome.WRONG}
    assert draw.ROWS_APART in wrong
    assert wrong[draw.SEED] == "requests of other seeds share their draws"


def test_forced_rows_of_the_second_runner():
    """A row MUST emit what its slot's request is forced to, by how many tokens that has; a free row its own."""

    def sample(logits, idx_mapping_np, pos):
        assert len(logits) == len(idx_mapping_np) == len(pos)
        return np.array([9] * len(logits)), logits

    sampler = SimpleNamespace(sample=sample)
    states = SimpleNamespace(prompt_len=SimpleNamespace(np=np.array([3, 5, 4])))
    tokens = {(2, 1): 70, (0, 0): 71}
    second_runner.force(sampler, states, lambda slot, length: tokens.get((slot, length)))
    sampled, _ = sampler.sample(np.zeros((3, 2)), np.array([2, 1, 0]), pos=np.array([4, 6, 2]))
    assert sampled.tolist() == [70, 9, 71]


def test_the_runner_is_asked_for_before_an_engine_starts(monkeypatch):
    """Without a GPU the first runner MUST be asked for unless another is, whose kernels are then interpreted.

    On a GPU it MUST be the one that a bare engine takes there.
    """
    monkeypatch.setattr(path, "cuda_devices", lambda: 0)
    monkeypatch.delenv(path.RUNNER, raising=False)
    monkeypatch.delenv(CHOSEN_RUNNER, raising=False)
    assert path.environment()[path.RUNNER] == "0"
    assert "TRITON_INTERPRET" not in path.environment()
    monkeypatch.setenv(CHOSEN_RUNNER, "v2")
    assert path.environment().items() >= {path.RUNNER: "1", "TRITON_INTERPRET": "1"}.items()
    monkeypatch.setenv(CHOSEN_RUNNER, "default")
    assert path.RUNNER not in path.environment()
    monkeypatch.setattr(path, "cuda_devices", lambda: 1)
    assert "TRITON_INTERPRET" not in path.environment()
    monkeypatch.delenv(CHOSEN_RUNNER)
    assert path.RUNNER not in path.environment()
    monkeypatch.setenv(CHOSEN_RUNNER, "v1")
    assert path.environment()[path.RUNNER] == "0"


def test_a_fault_that_a_release_has_no_place_for_is_refused():
    """A line that is not in a kernel's file MUST be said, and not be planted without a word."""
    plant = planted_kernels.line("fixtures.kernels.rows", "part", "no such line", "")
    with pytest.raises(RuntimeError, match="no text 'no such line'"):
        plant(None, None)
