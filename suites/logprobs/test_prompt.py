"""logprobs.prompt: what reference logprobs are made of."""

import pytest


@pytest.mark.cases("logprobs.prompt")
def test_prompt_logprobs_are_goldens(answer, judged):
    """prompt_logprobs MUST equal V0's where the two definitions meet: T in {0, 1} and no truncation."""
    judged(answer.against_prompt())


@pytest.mark.states("logprobs.prompt")
def test_prompt_logprobs_do_not_depend_on_cache_or_schedule(answer, judged):
    """With a warm prefix cache, a chunked prompt and in another order prompt_logprobs MUST be V0's (vllm#42019)."""
    judged(answer.against_prompt())
