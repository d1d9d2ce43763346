"""serving.* finds faults in vLLM's own server: planted into it, each fails under its name; so does what it heeds."""

import pytest

from fixtures.serving.faults import SERVER_FAULTS

CHECKPOINT = "generation_config=auto"  # vLLM's default: the checkpoint's own file says how to sample
NAMED = {
    "--plant=chat_reports_the_likeliest": ("chat-top-5", "the likeliest token's logprob in place of the sampled one's"),
    "--plant=completions_drop_the_first_of_a_stream": ("streamed-k5", "the entry of the first token is missing"),
    "--plant=chat_gives_the_logprobs_of_the_reply_before": ("load", "position 0 is of another request"),
    f"--engine-setting={CHECKPOINT}": ("bare", "sampled as the checkpoint's generation_config.json says"),
}


@pytest.mark.parametrize("fault", NAMED)
def test_fault_of_the_server_is_named(fault, causes):
    """What the server makes of right answers MUST fail the forms it shows in, under its name."""
    form, name = NAMED[fault]
    found = causes(fault, "suites/serving", "-k", form)
    assert any(name in cause for cause in found), found


def test_every_fault_is_hunted():
    """A fault that can be planted into a server MUST be in the table above."""
    assert {f"--plant={fault}" for fault in SERVER_FAULTS} < set(NAMED)
