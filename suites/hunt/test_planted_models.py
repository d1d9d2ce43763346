"""models.* finds faults in the real engine that only one architecture shows: patched into it, each fails."""

import json
import subprocess
import sys

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
def test_planted_fault_is_caught(fault, tmp_path, pytestconfig):
    """A fault patched into the engine MUST fail the model and the situations that it shows in, and no others."""
    models, shown = SHOWN[fault]
    asked = " or ".join(f"{model}-{state}" for model in models for state in ("plain", "window"))
    file = tmp_path / "evidence.json"
    python = f"--engine-python={pytestconfig.getoption('engine_python')}"
    options = ["-q", "-m", "cpu", python, f"--plant={fault}", f"--evidence={file}", "-k", asked]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "suites/models/test_zoo.py"],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    rows = json.loads(file.read_text())["cases"]
    assert {row["verdict"] for row in rows} <= {"agrees", "disagrees"}, done.stdout
    assert {row["clause"] for row in rows if row["verdict"] == "disagrees"} == shown, done.stdout
