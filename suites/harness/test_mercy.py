"""What is excused and what is not: near ties, ranks, empty prompt entries, cases that nobody asks."""

import json
import math

import pytest

from fixtures.golden.positions import GoldenPosition
from fixtures.judging import ranks
from fixtures.judging.comparison import Fact
from fixtures.judging.ties import excuse

ALLOWED, NONE = 1e-4, -math.inf
MEANT = {"logprob.processed": "logprobs.processed", "sampling.top_kk": "sampling.top_k"}
KEPT = {1: 0.5, 2: 0.3, 3: 0.15, 4: 0.05}  # probabilities; 4 is the one at the edge


def _facts(measured):
    """Golden keeps KEPT; the engine gives these probabilities."""
    log = {token: math.log(p) if p else -math.inf for token, p in measured.items()}
    return [Fact(0, token, math.log(p), log[token], ALLOWED) for token, p in KEPT.items()]


def _without_the_edge():
    return {token: p / 0.95 for token, p in KEPT.items()} | {4: 0.0}


def test_flipped_tie_is_excused():
    """The token at the edge may fall out, with the others normalised by what is left; or an unlisted one come in."""
    assert excuse(_facts(_without_the_edge()), NONE)
    assert excuse(_facts({token: p / 1.04 for token, p in KEPT.items()}), math.log(0.05))


@pytest.mark.parametrize(
    ("what", "measured"),
    [
        ("one kept token is off by 3 nats", _without_the_edge() | {1: 0.5 / 0.95 * math.exp(-3)}),
        ("all are off by 3 nats", {token: p * math.exp(-3) for token, p in KEPT.items()}),
        ("the others are not normalised anew by that much", {t: p / 0.8 for t, p in KEPT.items()} | {4: 0.0}),
        ("another token than the one at the edge is gone", {1: 0.5 / 0.7, 2: 0.0, 3: 0.15 / 0.7, 4: 0.05 / 0.7}),
        ("a value is no number", KEPT | {1: math.nan}),
    ],
)
def test_what_no_tie_causes_is_not_excused(what, measured):
    """At a near tie anything else MUST disagree, however near the tie."""
    log = {t: math.log(p) if p else -math.inf for t, p in measured.items()}
    assert not excuse([Fact(0, t, math.log(p), log[t], ALLOWED) for t, p in KEPT.items()], NONE), what


def test_rank_is_golden_s_but_for_neighbours_as_probable():
    """A rank MUST be golden's; tokens within the allowance of the sampled one may change places with it."""
    golden = GoldenPosition(3, {1: -1.0, 2: -1.5, 3: -2.0, 4: -2.00001, 5: -3.0}, -9.0, math.inf, rank=3)
    assert list(ranks.possible(golden, 3, lambda _: ALLOWED)) == [3, 4]
    alone = GoldenPosition(5, golden.values, -9.0, math.inf, rank=5)
    assert list(ranks.possible(alone, 5, lambda _: ALLOWED)) == [5]


def test_rank_beyond_the_list_goes_with_its_value():
    """Where its neighbours are not listed a rank MUST stay within what the allowance can move."""
    golden = GoldenPosition(9, {1: -1.0, 2: -1.5, 9: -8.0}, -1.5, math.inf, rank=700)
    assert list(ranks.possible(golden, 700, lambda _: ALLOWED)) == [698, 699, 700, 701, 702]


def test_lost_prompt_entries_fail(gate):
    """A prompt logprob that is missing after the first token MUST fail, and be counted."""
    done = gate('--engine-setting=faults=["prompt_entries_lost"]', suites=("suites/logprobs/test_prompt.py",))
    assert done.code == 1
    assert "prompt logprob entries are empty" in done.output


@pytest.mark.parametrize("recording", [False, True])
@pytest.mark.parametrize("clause", MEANT)
def test_case_that_no_suite_asks_for_is_refused(toy_golden, gate, record, recording, clause):
    """A misspelt clause MUST end the run, and be refused before it is recorded."""
    line = {"case": "new", "clause": clause, "prompt": "weather", "because": "x"}
    with (toy_golden / "cases/toy.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    done = record("--golden-record=missing") if recording else gate(suites=("suites/sampling/test_parameters.py",))
    assert done.code == 4
    assert f"no suite asks for cases of clause {clause}; did you mean {MEANT[clause]}?" in done.output
