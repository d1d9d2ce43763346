"""length.*: long contexts. By name, as its engines have room for 4,096 tokens, and a completion of 540 takes long."""

import pytest

from fixtures.golden import answers as golden


@pytest.mark.states("length.")
def test_logprobs_of_long_contexts_are_goldens(answer, judged):
    """Over positions 512, 1,024 and 2,048, read or generated, in pieces, cached and in a batch: they MUST be V0's."""
    judged(answer.against_prompt() if answer.case.prompt_logprobs else answer.against(golden.reported))
