"""logprobs.modes: each of the four modes says what its name says."""

import pytest

from fixtures.golden import answers as golden

FIRST = 16  # tokens, enough for every rule to have shown in each mode
EACH = {mode: {"settings": {"logprobs_mode": mode}, "first": FIRST} for mode in golden.MODES}


@pytest.mark.cases("logprobs.processed", bears_on="logprobs.modes", each=EACH)
def test_each_mode_reports_its_stage(answer, judged):
    """A mode MUST report V0's numbers at its stage: raw or processed, as logits or as their log-softmax."""
    judged(answer.against(golden.MODES[answer.ask.settings["logprobs_mode"]]))
