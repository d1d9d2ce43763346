"""serving.weights: pause, update and resume over HTTP, as trainers call them."""

import pytest


@pytest.mark.clause("serving.weights", "keep", "wait", "abort")
def test_pause_over_http(answer, judged):
    """Requests in flight and one that comes meanwhile MUST fare as in process: none lost, none answered twice."""
    judged(answer)


@pytest.mark.clause("serving.weights", "resume", "pause", "update")
def test_calls_at_the_wrong_time(answer, judged):
    """A call that makes no sense MUST be done or refused in words, and leave the server as it was."""
    judged(answer)
