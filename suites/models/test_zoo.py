"""models.*: small models of what RL teams train, each in every state, beside transformers in float32."""

import pytest


@pytest.mark.clause("models.plain")
def test_plain_decoding(answer, judged):
    """Every architecture MUST report what transformers does in float32, the vocabulary's last token included."""
    judged(answer)


@pytest.mark.clause("models.window")
def test_prompt_longer_than_the_window(answer, judged):
    """A prompt longer than the attention's window MUST change nothing that the window does not."""
    judged(answer)


@pytest.mark.clause("models.chunked")
def test_prompt_read_in_pieces(answer, judged):
    """A prompt read in pieces MUST give the numbers of the whole one."""
    judged(answer)


@pytest.mark.clause("models.warm")
def test_prompt_from_the_prefix_cache(answer, judged):
    """A prompt whose blocks come from the prefix cache MUST give the numbers of one that is computed."""
    judged(answer)


@pytest.mark.clause("models.preempted")
def test_request_that_gives_way(answer, judged):
    """A request that gives way and is computed anew MUST go on with the same numbers."""
    judged(answer)


@pytest.mark.clause("models.swap")
def test_weights_in_flight(answer, judged):
    """After weights that come in flight a request MUST have the new weights on the old ones' KV cache."""
    judged(answer)


@pytest.mark.clause("models.update")
def test_weights_between_batches(answer, judged):
    """After weights that come between two batches an answer MUST be that of the new ones."""
    judged(answer)
