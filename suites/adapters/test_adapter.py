"""weights.adapter: a LoRA adapter reports its own logprobs, replaced under its name those of the new one."""

import pytest


@pytest.mark.clause("weights.adapter", "beside")
def test_each_request_has_its_own_adapter(answer, judged):
    """The model and its adapters MUST report their own numbers, in one batch and from one prefix cache."""
    judged(answer)


@pytest.mark.clause("weights.adapter", "load_inplace")
def test_adapter_loaded_in_place(answer, judged):
    """Under the same name and id the new one MUST answer at once, without the old one's cache; bad ones are refused."""
    judged(answer)


@pytest.mark.clause("weights.adapter", "overwritten")
def test_adapter_whose_files_are_overwritten(answer, judged):
    """Loaded in place from the same folder with other files in it, an adapter MUST be the new one at once too."""
    judged(answer)


@pytest.mark.clause("weights.adapter", "remove_and_add")
def test_adapter_removed_and_added(answer, judged):
    """An adapter that was removed and added under its name and id MUST be the new one, as one loaded in place."""
    judged(answer)


@pytest.mark.clause("weights.adapter", "next_name")
def test_adapter_under_the_next_name(answer, judged):
    """Under the next name new requests MUST have the new adapter; those in flight MUST end with their own."""
    judged(answer)


@pytest.mark.clause("weights.adapter", "at_the_request")
def test_adapter_that_a_request_brings(answer, judged):
    """A request that brings another folder under a name and id in use MUST be answered by that folder's adapter."""
    judged(answer)


@pytest.mark.clause("weights.adapter", "head")
def test_adapted_head(answer, judged):
    """An adapter of the head too MUST show in generated tokens and in prompt logprobs (vllm#51594)."""
    judged(answer)
