"""What a request that names nothing was sampled with is read off its logprobs."""

import sys

import pytest

from fixtures.asking.parameters import sampling_from
from fixtures.asking.requests import Request
from fixtures.measuring import engines
from fixtures.measuring.options import Options
from fixtures.measuring.run import Run
from fixtures.models.whose import Whose
from fixtures.serving import bare
from fixtures.weights import oracles


@pytest.fixture
def run(toy_golden, one_interpreter, monkeypatch):
    """A run whose trainer's model is the toy."""
    monkeypatch.setattr(engines, "Interpreter", one_interpreter)
    made = Run(Options(engine="toy", python=sys.executable, golden=toy_golden, model="toy"), bare.silent, {})
    yield made
    made.end()


@pytest.mark.parametrize(
    ("sampled", "told"),
    [
        ({}, "nothing: temperature 1"),
        ({"temperature": 0.6}, "temperature 0.6"),
        ({"temperature": 0.6, "top_k": 20}, "temperature 0.6, top_k 20"),
        (bare.SAYS, "temperature 0.6, top_k 20, top_p 0.95, repetition_penalty 1.1"),
        ({"temperature": 0.7}, "something else"),
    ],
)
def test_defaults_are_read_off_the_logprobs(run, sampled, told):
    """Each of the checkpoint's parameters that a server heeds MUST be told, and no other."""
    recording = next(r for r in run.golden.recordings("through_pauses") if not r.case.sampling.changes("temperature"))
    o = recording.observation
    request = Request("x", o.prompt_token_ids, sampling_from(sampled | {"max_tokens": 8}), o.token_ids[:8])
    answer = oracles.by_rule(run, request, Whose.KEPT)
    assert bare.explained(run, recording, answer) == told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the following arguments are required: PYTHON"),
        (["/no such/python"], "/no such/python cannot be run"),
        ([sys.executable], "has no vllm"),
        (["--help"], "the interpreter of an environment with vLLM"),
    ],
)
def test_its_interpreter_is_asked_for_in_a_sentence(capsys, words, said):
    """What is no interpreter with vLLM MUST be refused before anything is started, and --help MUST say what to give."""
    with pytest.raises(SystemExit):
        bare.python_of(words, bare.__doc__)
    printed = capsys.readouterr()
    assert said in printed.out + printed.err
