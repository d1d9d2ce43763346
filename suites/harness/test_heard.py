"""What vLLM hands out of a request, put together: deltas, children, text; with outputs as vLLM has them."""

from types import SimpleNamespace

import pytest

from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import CUMULATIVE, DELTA, FINAL, Request
from fixtures.engines.vllm.answers import asked_id, forced
from fixtures.engines.vllm.heard import Heard

LETTERS = SimpleNamespace(decode=lambda ids, **_: "".join("abc\ufffd"[i] for i in ids))


def _logprobs(token):
    return {token: SimpleNamespace(logprob=-1.0 * token, rank=1)}


def _output(*completions, finished=False, prompt_logprobs=None):
    return SimpleNamespace(
        prompt_token_ids=[0], prompt_logprobs=prompt_logprobs, outputs=completions, finished=finished
    )


def _completion(*tokens, index=0, text="", reason=None):
    reported = [_logprobs(t) for t in tokens]
    return SimpleNamespace(index=index, token_ids=tokens, logprobs=reported, text=text, finish_reason=reason)


def _heard(request, *outputs):
    heard = Heard(request)
    for output in outputs:
        heard.hear(output)
    return heard


@pytest.mark.parametrize("kind", [DELTA, CUMULATIVE, FINAL])
def test_each_kind_is_the_same_whole(kind):
    """Deltas together, the last of what grows and a final answer MUST be the same tokens, logprobs and text."""
    whole = _output(_completion(1, 2, text="bc", reason="length"), finished=True)
    outputs = {
        DELTA: (_output(_completion(1, text="b")), _output(_completion(2, text="c", reason="length"), finished=True)),
        CUMULATIVE: (_output(_completion(1, text="b")), whole),
        FINAL: (whole,),
    }
    heard = _heard(Request("a", (0,), Sampling(), output_kind=kind, text=True), *outputs[kind])
    answer = heard.observation(tokenizer=LETTERS)
    assert heard.finished
    assert heard.tokens == 2
    assert (answer.token_ids, answer.text, answer.reads, answer.finish_reason) == ((1, 2), "bc", ("b", "bc"), "length")
    assert [p.logprob for p in answer.positions] == [-1.0, -2.0]


def test_delta_that_comes_twice_stays_there_twice():
    """What was handed out MUST NOT be mended."""
    request = Request("a", (0,), Sampling(), output_kind=DELTA)
    answer = _heard(request, *(_output(_completion(t)) for t in (1, 2, 2))).observation()
    assert answer.token_ids == (1, 2, 2)
    assert len(answer.positions) == 3


def test_prompt_logprobs_come_once_in_deltas():
    """Of a prompt read in pieces its entries MUST be put together, and stay when later deltas have none."""
    request = Request("a", (0, 1), Sampling(), output_kind=DELTA, prompt_logprobs=True)
    outputs = (_output(_completion(1), prompt_logprobs=[None, _logprobs(1)]), _output(_completion(2)))
    for output in outputs:
        output.prompt_token_ids = [0, 1]
    answer = _heard(request, *outputs).observation()
    assert [p and p.logprob for p in answer.prompt] == [None, -1.0]


@pytest.mark.parametrize(("kind", "indices"), [(FINAL, [1, 0]), (DELTA, [0, 1])])
def test_children_stand_as_they_are_handed_out(kind, indices):
    """A final answer's order MUST stay, right or wrong; of a stream the index alone says which child it is."""
    request = Request("a", (0,), Sampling(), children=((1,), (2,)), output_kind=kind)
    both = (_completion(2, index=1), _completion(1, index=0))
    outputs = [_output(*both)] if kind == FINAL else [_output(c) for c in both]
    answer = _heard(request, *outputs).observation()
    assert [c.index for c in answer.children] == indices


def test_half_a_character_is_held_back():
    """A character that is not whole yet MUST NOT count as text."""
    request = Request("a", (0,), Sampling(), text=True)
    answer = _heard(request, _output(_completion(1, 3, text="b"))).observation(tokenizer=LETTERS)
    assert answer.reads == ("b", "b")


def test_each_child_is_forced_along_its_own_tokens():
    """vLLM's id of a child, with the suffix that it appends, MUST lead to that child's tokens."""
    known = forced([Request("a-b", (0,), Sampling(), children=((1,), (2,))), Request("c", (0,), Sampling(), (3,))])
    assert known[asked_id("1_a-b-1a2b3c4d", known)] == [2]
    assert known[asked_id("c-1a2b3c4d", known)] == [3]
    assert asked_id("2_a-b-1a2b3c4d", known) not in known
