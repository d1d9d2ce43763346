"""harness.example: a clause that only test_clauses.py puts into the table."""

import pytest


@pytest.mark.clause("harness.example")
def test_engine_has_this_version(answer, judged):
    """An engine MUST have the version that the question names."""
    judged(answer)
