"""logprobs.request in ways that take an engine of their own: AsyncLLM, and logprobs of every token. By name."""

import pytest

from fixtures.shapes.table import BY_NAME


@pytest.mark.clause("logprobs.request", *BY_NAME)
def test_way_of_asking_changes_nothing(answer, judged):
    """Streamed or whole from AsyncLLM, and with logprobs=-1, a request MUST have V0's logprobs."""
    judged(answer)
