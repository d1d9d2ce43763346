"""logprobs.request: a clean engine answers alike in every shape, and a fault of one shape fails under its name."""

import json

import pytest

from fixtures.asking.observations import Observation
from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.engines.vllm.planted_requests import REQUEST_FAULTS
from fixtures.plugin.options import PLANTED
from fixtures.shapes import compared, said
from fixtures.shapes.table import IN_THE_GATE, SHAPES

SUITE = ("suites/logprobs/test_request.py",)
BY_NAME = ("suites/long/test_request_ways.py",)
TEXT = "text and tokens do not match"
STREAMED = ("output_kind delta", "AsyncLLM, streamed", "n of 2")
STOPPED = ("stop string", "include_stop_str_in_output", "stop_token_ids", "min_tokens")
# Faults that show in different shapes: in which, and in which words.
TOGETHER = {
    (
        "generate_out_of_order",
        "children_swapped",
        "grammar_on_the_wrong_row",
        "prompt_entries_lost",
        "eos_not_ignored",
        "stop_string_left_out",
        "every_logprob_but_twenty",
        "k_of_zero_is_another",
    ): {
        "LLM.generate": compared.ANOTHERS,
        "n of 2": compared.SWAPPED,
        "n of 8": compared.SWAPPED,
        "beside a regex": compared.MASKED,
        "prompt logprobs in deltas": "prompt logprob entries are empty",
        "ignore_eos": "8 tokens where 10 were to come",
        "include_stop_str_in_output": TEXT,
        "all logprobs": "20 entries for 256 asked",
        "k of 0 alone": "off by 0.5",
        "k of 1 alone": "off by 0.5",
    },
    ("k_of_zero_alone_is_raw", "top_k_alone_is_one_less"): {
        "k of 0 alone": "logprob off by",
        "all top_k": "no probability (-inf)",
    },
    ("delta_dropped", "lost_at_a_stop"): dict.fromkeys(STREAMED, compared.MISSING)
    | dict.fromkeys(STOPPED, f"{compared.LAST} before the stop")
    | {"beside a regex": "3 logprob entries for 4 tokens"},
    ("delta_doubled", "child_lost", "text_lags", "k_changes_value"): dict.fromkeys(STREAMED, compared.TWICE)
    | dict.fromkeys(("output_kind final", "LLM.generate", *STOPPED), TEXT)
    | {"n of 8": compared.LOST, "k of 1 alone": "off by", "all top_k": "off by"},
}
IN_NO_OTHER = list(TOGETHER)[:3]


def _rows(gate, tmp_path, *arguments, suites=SUITE + BY_NAME):
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", *arguments, suites=suites)
    return done, json.loads(file.read_text())["cases"]


def test_clean_engine_answers_alike(gate, tmp_path):
    """Every shape MUST be asked, and agree."""
    done, rows = _rows(gate, tmp_path)
    assert done.code == 0, done.output
    assert {r["case"] for r in rows if r["verdict"] == "agrees" and r["positions"]} == set(SHAPES)


@pytest.mark.parametrize("faults", TOGETHER, ids=lambda faults: faults[0])
def test_faults_of_shapes_are_named(gate, tmp_path, faults):
    """What a shape shows MUST fail there and say what it is, and MUST NOT be laid to another shape."""
    done, rows = _rows(gate, tmp_path, f"--engine-setting=faults={json.dumps(faults)}")
    assert done.code == 1
    wrong = {r["case"]: r for r in rows if r["verdict"] == "disagrees"}
    named = TOGETHER[faults]
    assert wrong.keys() == named.keys() if faults in IN_NO_OTHER else wrong.keys() >= named.keys()
    assert all(case in row["cause"] for case, row in wrong.items())
    for case, words in named.items():
        assert words in wrong[case]["message"]


def test_what_a_version_lacks_is_not_run(gate, tmp_path):
    """A version that cannot be asked so MUST say why, and the other shapes MUST still be asked."""
    why = "this version has no children"
    done, rows = _rows(gate, tmp_path, f'--engine-setting=no_children="{why}"', suites=SUITE)
    assert {r["case"] for r in rows if r["verdict"] == "not run"} == {"n of 2", "n of 8"}
    assert f"n of 2: not run: {why}" in done.output
    assert {r["case"] for r in rows if r["verdict"] == "agrees"} == set(IN_THE_GATE) - {"n of 2", "n of 8"}
    assert "1 starts" in done.output, "what takes an engine of its own is asked by name alone"


def test_faults_of_a_real_engine_can_be_asked_for():
    """What can be patched into how a real engine hands out answers MUST be a value of --plant."""
    assert set(REQUEST_FAULTS) <= set(PLANTED)


def test_engine_that_fails_in_a_way_of_its_own_is_not_run_there(gate):
    """Where a version may lack a way, an engine that dies of it MUST cost that shape alone."""
    done = gate('--engine-setting=faults=["dies"]', "-k", "LLM.generate", suites=SUITE)
    assert done.code == 1
    assert "LLM.generate: not run: engine toy died while answering" in done.output


REQUEST = Request("a", (1,), Sampling(min_tokens=2), stop=("e", "s"))


def _answer(text, *reads, reason="stop"):
    return Observation("a", (1,), tuple(range(len(reads))), (), reason, text=text, reads=reads)


@pytest.mark.parametrize(
    ("answer", "said_of_it"),
    [
        (_answer("he th", "he ", "he th", "he there"), None),
        (_answer("he th", "he ", "he th", "he there", "he there is"), "went on after its stop string"),
        (_answer("h", "he "), "stopped after 1 tokens, and 2 were the least"),
        (_answer("he th", "he ", "he th", "he that"), "stopped where no stop string is"),
        (_answer("he there", "he ", "he th", "he there"), TEXT),
        (_answer("he that", "he ", "he th", "he that", reason="length"), None),
        (_answer("he tolle", "he ", "he to", "he tolles"), TEXT),
        (_answer("he tol", "he ", "he to", "he toles"), None),
        (_answer("he tole", "he ", "he to", "he toles"), TEXT),
        (_answer("he to", "he ", "he to", "he tosle"), None),
        (_answer("he tosl", "he ", "he to", "he tosle"), None),
    ],
)
def test_text_ends_where_its_stop_string_is(answer, said_of_it):
    """An answer MUST stop at the first stop string after the least number of tokens, and its text before it."""
    found = list(said.faults(REQUEST, answer))
    assert not found if said_of_it is None else any(said_of_it in fault for fault in found)


def test_text_that_nobody_asked_for():
    """With detokenize=False there MUST be no text."""
    assert list(said.faults(Request("a", (1,), Sampling()), _answer("he", reason="length")))
