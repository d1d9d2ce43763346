"""serving.weights: on the toy's server pauses over HTTP fare as in process, and what goes wrong is named."""

import pytest

SUITE = "suites/serving/test_weights.py"
KEPT = "keep and False"
NAMED = [
    ("update_is_ignored", KEPT, "went on, with the old weights"),
    ("never_pauses", "abort and True", "finished before the swap, with the old weights"),
    ("answers_twice", KEPT, "a stream with 2 ends"),
    ("loses_a_request_in_a_pause", KEPT, "a stream with 0 ends"),
    ("kv_dropped", KEPT, "went on, with the new weights on a recomputed KV cache"),
    ("errors_without_a_word", "unknown-method", "HTTP 500 without a word, then as ever"),
]


def test_clean_server_conforms(serving):
    """On a clean server every pause and every call MUST be right."""
    done = serving()
    assert done.code == 0, done.output


@pytest.mark.parametrize(("fault", "question", "shown"), NAMED)
def test_fault_is_named(serving, fault, question, shown):
    """A request that fares otherwise, is lost or answered twice, and an error without a word MUST be named."""
    done = serving("-k", question, fault=fault)
    assert done.code == 1
    assert shown in done.output
