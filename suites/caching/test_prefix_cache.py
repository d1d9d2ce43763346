"""caching.*: a prefix cache saves work and changes nothing."""

import pytest

from fixtures.golden import answers as golden


@pytest.mark.states("caching.")
def test_logprobs_do_not_depend_on_the_prefix_cache(answer, judged):
    """In every state of the prefix cache the logprobs MUST be V0's, which were recorded without one."""
    judged(answer.against(golden.reported))
