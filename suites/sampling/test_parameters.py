"""sampling.*: each sampling parameter alone at neutral, ordinary and edge values, and in combination."""

import pytest

from fixtures.golden import answers as golden


@pytest.mark.cases("sampling.")
def test_values_and_support_are_goldens(answer, judged):
    """Under a sampling parameter the logprobs and the set of possible tokens MUST be V0's."""
    judged(answer.against(golden.reported))
