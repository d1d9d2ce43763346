"""models.*: small models of what RL teams train, each in every state, beside transformers in float32."""

import pytest


@pytest.mark.clause("models", "llama")
def test_grouped_queries(answer, judged):
    """Llama whose queries share keys MUST report transformers' numbers in every state."""
    judged(answer)


@pytest.mark.clause("models", "qwen2")
def test_biases_and_an_odd_vocabulary(answer, judged):
    """Qwen2 with biases MUST report them too, and nothing of the tokens that its odd vocabulary is padded with."""
    judged(answer)


@pytest.mark.clause("models", "qwen3-dense")
def test_query_key_norm(answer, judged):
    """Qwen3, whose queries and keys have norms of their own, MUST report transformers' numbers in every state."""
    judged(answer)


@pytest.mark.clause("models", "qwen3-moe")
def test_mixture_of_experts(answer, judged):
    """Qwen3-MoE MUST report the sum of the experts that its router chooses, in every state."""
    judged(answer)


@pytest.mark.clause("models", "mistral")
def test_sliding_window(answer, judged):
    """Mistral MUST see nothing beyond its window, whatever the prompt's length, and report it in every state."""
    judged(answer)


@pytest.mark.clause("models", "gemma2")
def test_soft_caps_and_alternating_windows(answer, judged):
    """Gemma 2 MUST cap scores and logits, and have a window in every other layer alone, in every state."""
    judged(answer)


@pytest.mark.clause("models", "gemma3")
def test_alternating_windows_with_two_rotations(answer, judged):
    """Gemma 3 MUST turn queries and keys by each layer's own base, windows alternating, in every state."""
    judged(answer)


@pytest.mark.clause("models", "qwen3-next")
def test_linear_attention_beside_full(answer, judged):
    """Qwen3-Next, whose every other layer keeps a state and no keys, MUST report transformers' numbers everywhere."""
    judged(answer)
