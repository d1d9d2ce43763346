"""logprobs.shape: one entry a token, ranks from 1, nothing that is no logprob."""

import pytest

from fixtures.golden import answers as golden

SHAPE = "logprobs.shape"
EACH_K = {f"k{k}": {"logprobs": k} for k in (0, 1, 5)}


@pytest.mark.cases("logprobs.processed", SHAPE, "sampling.", bears_on=SHAPE)
def test_answers_are_well_formed(answer, judged):
    """Every token MUST have its logprobs, ranks MUST run from 1, and no sampled token may be NaN or -inf."""
    judged(answer.form())


@pytest.mark.cases("logprobs.prompt", bears_on=SHAPE)
def test_prompt_answers_are_well_formed(answer, judged):
    """Every prompt token but the first MUST have its own logprobs, ranks MUST run from 1, and none may be NaN."""
    judged(answer.prompt_form())


@pytest.mark.cases(SHAPE)
def test_last_token_has_goldens_logprob(answer, judged):
    """The token that ends a request (EOS, stop token, the only one) MUST carry V0's logprob like any other."""
    judged(answer.against(golden.reported))


@pytest.mark.cases(SHAPE, each=EACH_K)
def test_values_do_not_depend_on_k(answer, judged):
    """The logprobs of the sampled and of the k first tokens MUST be the same however many are asked (vllm#44319)."""
    judged(answer.against(golden.reported))


@pytest.mark.cases(SHAPE, each=EACH_K)
def test_as_many_as_asked(answer, judged):
    """A request for k logprobs MUST get k of them, and the sampled token's own (vllm#30059, vllm#36660)."""
    judged(answer.form())


@pytest.mark.cases("logprobs.processed", bears_on=SHAPE, abort_after=2)
def test_aborted_request_is_aligned(answer, judged):
    """A request aborted after two tokens MUST have handed out two tokens, each with V0's logprobs."""
    judged(answer.against(golden.reported))
