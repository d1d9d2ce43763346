"""models.* finds faults in the real engine that only one architecture shows: patched into it, each fails."""

import pytest

from fixtures.engines.vllm.planted_models import MODEL_FAULTS

# By fault: the models that are asked plainly and beyond their window, and where they must disagree (elsewhere agree).
SHOWN = {
    "query_key_norm_skipped": (["qwen3-dense"], {"models.plain", "models.window"}),
    "window_ignored": (["mistral", "gemma2", "gemma3"], {"models.window"}),
    "an_experts_output_dropped": (["qwen3-moe"], {"models.plain", "models.window"}),
    "padding_logits_not_cut": (["qwen2-odd-vocabulary"], {"models.plain", "models.window"}),
}


@pytest.mark.parametrize("fault", MODEL_FAULTS)
def test_planted_fault_is_caught(fault, rows):
    """A fault patched into the engine MUST fail the model and the situations that it shows in, and no others."""
    models, shown = SHOWN[fault]
    asked = " or ".join(f"{model}-{state}" for model in models for state in ("plain", "window"))
    found = rows(f"--plant={fault}", "suites/models/test_zoo.py", "-k", asked)
    assert {row["verdict"] for row in found} <= {"agrees", "disagrees"}
    assert {row["clause"] for row in found if row["verdict"] == "disagrees"} == shown
