"""Faults in how a real engine hands out what it computed are found by the shape of request they belong to."""

import pytest

from fixtures.engines.vllm.planted_requests import REQUEST_FAULTS
from fixtures.shapes import compared

# In which shape it shows, and in which words of the failure.
NAMED = {
    "generate_out_of_order": ("LLM.generate", compared.ANOTHERS),
    "last_logprob_lost_at_a_stop_string": ("include_stop_str_in_output", f"{compared.LAST} before the stop"),
    "grammar_on_the_next_row": ("beside a regex", compared.MASKED),
    "prompt_logprobs_partly_missing": ("prompt logprobs in deltas", "prompt logprob entries are empty"),
}


@pytest.mark.parametrize("fault", REQUEST_FAULTS)
def test_planted_fault_is_named(fault, disagreeing):
    """A fault patched into what hands an answer out MUST be found in its shape, under its name."""
    shape, words = NAMED[fault]
    wrong = disagreeing("suites/logprobs/test_request.py", "-k", shape.split()[-1], f"--plant={fault}")
    messages = {c["case"]: c["message"] for c in wrong}
    assert words in messages[shape], messages
