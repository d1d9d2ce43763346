"""serving.http: over HTTP the same numbers for the same tokens, by whatever route and in whatever form."""

import pytest


@pytest.mark.clause("serving.http", "completions")
def test_completions_are_goldens(answer, judged):
    """/v1/completions MUST give V0's logprob of every token, one entry a token: whole, streamed, n choices, stopped."""
    judged(answer)


@pytest.mark.clause("serving.http", "chat")
def test_chat_is_goldens(answer, judged):
    """/v1/chat/completions MUST do so too, PipelineRL's body to the letter, and top_logprobs absent or null."""
    judged(answer)


@pytest.mark.clause("serving.http", "generate")
def test_generate_is_goldens(answer, judged):
    """/inference/v1/generate MUST do so too, and list tokens under their own ids (vllm#42887)."""
    judged(answer)


@pytest.mark.clause("serving.prompt")
def test_echoed_prompt_is_goldens(answer, judged):
    """An echoed prompt MUST have V0's prompt logprobs, one entry a token, in the body of PipelineRL's reference."""
    judged(answer)


@pytest.mark.clause("serving.defaults")
def test_a_request_that_names_nothing(answer, judged):
    """A request that names no sampling parameter MUST NOT be sampled as the checkpoint's own file would have it."""
    judged(answer)
