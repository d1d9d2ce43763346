"""serving.*: what a server makes of right answers is named over HTTP."""

import json
import math

import pytest

from fixtures.serving import replies
from fixtures.serving.forms import CHAT, COMPLETIONS, FORMS, PIPELINERL
from fixtures.serving.served import flags

SUITE = "suites/serving"
NAMED = [
    ("chat_reports_the_likeliest", "chat-top-5", "the likeliest token's logprob in place of the sampled one's"),
    ("completions_drop_the_first_of_a_stream", "streamed-k0", "the entry of the first token is missing"),
    ("heeds_the_checkpoint", "completions-bare", "sampled as the checkpoint's generation_config.json says"),
    ("no_logprobs_where_top_is_null", "chat-top-null", "no logprobs"),
    ("one_id_for_all", "generate-k5", "every entry of top_logprobs under the sampled token's id"),
    ("loses_choices", "generate-n4", "fewer choices than n"),
    ("nonsense_in_the_reply", "generate-k0", "a reply that cannot be read (TypeError"),
    ("no_generate", "generate-k0", "not run: there is no /inference/v1/generate in toy 1.0"),
    ("generate_is_whole", "generate-streamed", "not run: /inference/v1/generate answers whole where a stream"),
    ("breaks_off", "completions-k0", "the server broke off while answering completions-k0"),
    ("never_listens", "completions-k0", "the server did not answer within 1 s of its start"),
]


def test_clean_server_conforms(serving):
    """On a server that adds nothing to right answers every form MUST agree."""
    done = serving("--deselect=suites/serving/test_weights.py")  # asked in test_serving_weights
    assert done.code == 0, done.output
    assert "serving.prompt" in done.output


@pytest.mark.parametrize(("fault", "form", "name"), NAMED)
def test_fault_is_named(serving, fault, form, name):
    """What a server does wrong MUST end the run red, under its name."""
    limit = ["--engine-timeout=1"] if fault == "never_listens" else []
    done = serving("-k", form, *limit, fault=fault)
    assert done.code == 1
    assert name in done.output


def test_checkpoint_that_cuts_lists_short_is_named_in_every_case(serving, tmp_path):
    """Of lists that the checkpoint's top_p shortened, which no request asked for, each one MUST have that name."""
    file = tmp_path / "evidence.json"
    assert serving("-k", "completions-bare or chat-bare", f"--evidence={file}", fault="heeds_the_checkpoint").code == 1
    causes = [case["cause"] for case in json.loads(file.read_text())["cases"]]
    assert causes == ["sampled as the checkpoint's generation_config.json says"] * 6


def test_raw_logprobs_are_named_over_http(serving):
    """An engine's own fault MUST have its own name behind a server too."""
    done = serving("-k", "chat-top-5", "--engine-setting=logprobs_mode=raw_logprobs")
    assert done.code == 1
    assert "raw logprobs instead of processed ones" in done.output


def test_substitute_is_no_probability():
    """-9999.0 MUST be read as no probability at all, and any other number as it stands."""
    listed = {"token_id:5": -0.5, "token_id:6": -9999.0, "token_id:7": -9998.0}
    logprobs = {"tokens": ["token_id:5"], "token_logprobs": [-0.5], "top_logprobs": [listed]}
    reply = {"choices": [{"index": 0, "token_ids": [5], "logprobs": logprobs}]}
    (answer,) = replies.observations(FORMS["completions-k1"], reply)
    assert answer.positions[0].values == {5: -0.5, 6: -math.inf, 7: -9998.0}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"logprobs": None}, "no logprobs"),
        ({"logprobs": {"tokens": ["a"], "token_logprobs": [], "top_logprobs": []}}, "1 tokens, 0 token_logprobs"),
        ({"logprobs": {"tokens": ["a"], "token_logprobs": [-1.0], "top_logprobs": [None]}}, "a token as text ('a')"),
    ],
)
def test_malformed_reply_is_said(choice, said):
    """A reply without an entry a token, or without ids, MUST be called what it is."""
    with pytest.raises(replies.Malformed, match=r"^" + said.replace("(", r"\(").replace(")", r"\)")):
        replies.observations(FORMS["completions-token_id-strings"], {"choices": [{"index": 0} | choice]})


@pytest.mark.parametrize(
    ("ids", "ends", "said"),
    [
        ("ab", [None, "length"], "a stream of several requests"),
        ("aa", ["length", "length"], "a stream with 2 ends"),
        ("aa", [None, None], "a stream with 0 ends"),
        ("", [], "a stream with 0 ends"),
    ],
)
def test_stream_is_one_answer(ids, ends, said):
    """Events of two requests, or that do not end once, MUST NOT be taken for a reply."""
    events = [{"id": i, "choices": [{"index": 0, "finish_reason": end}]} for i, end in zip(ids, ends, strict=True)]
    with pytest.raises(replies.Malformed, match=f"^{said}$"):
        replies.merged(events)


def test_forms_are_those_of_trainers():
    """PipelineRL's body MUST be asked to the letter, and each route streamed, whole, and with four choices."""
    assert FORMS["chat-as-pipelinerl"].fields == PIPELINERL
    for route in (COMPLETIONS, CHAT):
        asked = {(f.streamed, f.choices) for f in FORMS.values() if f.route == route}
        assert asked == {(False, 1), (False, 4), (True, 1), (True, 4)}


def test_settings_become_flags():
    """Engine arguments MUST reach the server as PipelineRL's launcher writes them: --x, --no-x, --name value."""
    asked = {"enforce_eager": True, "async_scheduling": False, "seed": 0, "logprobs_mode": "raw_logits"}
    assert flags(asked) == ["--enforce-eager", "--no-async-scheduling", "--seed", "0", "--logprobs-mode", "raw_logits"]


def test_fault_of_an_engine_is_no_fault_of_a_server(serving):
    """A fault that cannot reach what is asked MUST end the run: nothing would have been planted, and all be green."""
    done = serving("--plant=another_prompts_block", "-k", "completions-k0")
    assert done.code == 1
    assert "--plant=another_prompts_block goes into an engine, and here a server answers" in done.output


def test_raw_logprobs_are_named_in_every_form(serving):
    """Where one number a token cannot tell it, the server's own setting MUST: the trainers' forms have no more."""
    done = serving("--engine-setting=logprobs_mode=raw_logprobs", "-k", "completions-k0 or pipelinerl")
    assert done.code == 1
    assert "raw logprobs instead of processed ones" in done.output
    assert "no known cause" not in done.output
