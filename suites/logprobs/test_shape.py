"""logprobs.shape: one entry a token, ranks from 1, nothing that is no logprob."""

import pytest

from fixtures.golden import answers as golden_answers

K = pytest.mark.parametrize("k", [pytest.param(k, marks=pytest.mark.asks(logprobs=k), id=f"k{k}") for k in (0, 1, 5)])
pytestmark = pytest.mark.clause("logprobs.shape")


@pytest.mark.cases("logprobs.processed", "logprobs.shape", "sampling.")
def test_answers_are_well_formed(measurement, judged):
    """Every token MUST have its logprobs, ranks MUST run from 1, and no sampled token may be NaN or -inf."""
    judged(measurement, measurement.form())


@pytest.mark.cases("logprobs.shape")
def test_last_token_has_v0s_logprob(measurement, judged):
    """The token that ends a request (EOS, stop token, the only one) MUST carry V0's logprob like any other."""
    judged(measurement, measurement.against(golden_answers.reported))


@pytest.mark.cases("logprobs.shape")
@K
def test_values_do_not_depend_on_k(k, measurement, judged):
    """The logprobs of the sampled and of the k first tokens MUST be the same however many are asked (vllm#44319)."""
    assert measurement.ask.logprobs == k
    judged(measurement, measurement.against(golden_answers.reported))


@pytest.mark.cases("logprobs.shape")
@K
def test_as_many_as_asked(k, measurement, judged):
    """A request for k logprobs MUST get k of them, and the sampled token's own (vllm#30059, vllm#36660)."""
    assert measurement.ask.logprobs == k
    judged(measurement, measurement.form())


@pytest.mark.cases("logprobs.processed")
@pytest.mark.asks(abort_after=2)
def test_aborted_request_is_aligned(measurement, judged):
    """A request aborted after two tokens MUST have handed out two tokens, each with V0's logprobs."""
    judged(measurement, measurement.against(golden_answers.reported))
