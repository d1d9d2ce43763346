"""serving.load: under load the same numbers, each answer in its own stream."""

import pytest


@pytest.mark.clause("serving.load")
def test_every_answer_is_its_own(answer, judged):
    """Of 64 streams at once for a minute every answer MUST be whole, in its own stream, and have V0's logprobs."""
    judged(answer)
