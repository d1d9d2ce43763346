"""vLLM alone: an adapter loaded in place is answered from its predecessor's prefix cache (0.18.1 and 0.32.0).

    python adapter_in_place.py MODEL

MODEL is the folder of a checkpoint with q_proj and v_proj. Two random LoRA adapters A and B are made for it. A prompt
of 90 tokens is answered with A under the name "policy". Then B's files are written over A's, and the adapter is loaded
again under its name and id with LoRARequest(load_inplace=True), as trainers do at every step. The prompt asked again
must be answered as with B under a name of its own. It is not: a block of the prefix cache is found by its tokens and
its adapter's name (from 0.31 on also by the folder), so the keys and values that A made are taken for B's, and nothing
is said. After reset_prefix_cache() it is right. Up to 0.30 it is the same where B lies in a folder of its own.

Prints how many prompt tokens came from the cache, and the distance in nats of the answer from B's own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

PROMPT = [17 * place % 1000 + 100 for place in range(90)]
RANK = 8


def main(model: str) -> None:
    import vllm
    from vllm.lora.request import LoRARequest

    settings: dict[str, Any] = {"dtype": "float32", "enforce_eager": True, "max_model_len": 256, "block_size": 32}
    with tempfile.TemporaryDirectory() as folder:
        own = _adapter(Path(model), Path(folder, "own"), seed=2)
        replaced = _adapter(Path(model), Path(folder, "policy"), seed=1)
        engine = vllm.LLM(model, enable_prefix_caching=True, enable_lora=True, max_lora_rank=RANK, **settings)
        policy = LoRARequest("policy", 1, replaced)
        _ask(engine, policy)
        _adapter(Path(model), Path(replaced), seed=2)
        engine.llm_engine.add_lora(LoRARequest("policy", 1, replaced, load_inplace=True))
        cached, answer = _ask(engine, policy)
        engine.reset_prefix_cache()
        _, after = _ask(engine, policy)
        engine.llm_engine.remove_lora(1)
        _, alone = _ask(engine, LoRARequest("another name", 2, own))
    print(
        f"{vllm.__version__}: with {cached} cached prompt tokens the answer is {_apart(answer, alone):.2g} nats from"
        f" B's own, after a reset of the prefix cache {_apart(after, alone):.2g}"
    )


def _adapter(model: Path, folder: Path, seed: int) -> str:
    import torch
    from safetensors.torch import save_file

    config = json.loads((model / "config.json").read_text())
    heads, width, layers = config["num_attention_heads"], config["hidden_size"], config["num_hidden_layers"]
    each = config.get("head_dim") or width // heads
    rows = {"q_proj": heads * each, "v_proj": config.get("num_key_value_heads", heads) * each}
    random, tensors = torch.Generator().manual_seed(seed), {}
    for layer in range(layers):
        for name, count in rows.items():
            module = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            tensors[f"{module}.lora_A.weight"] = torch.randn(RANK, width, generator=random) / width**0.5
            tensors[f"{module}.lora_B.weight"] = torch.randn(count, RANK, generator=random) * 0.1
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    described = {"peft_type": "LORA", "r": RANK, "lora_alpha": 2 * RANK, "bias": "none", "target_modules": list(rows)}
    (folder / "adapter_config.json").write_text(json.dumps(described))
    return str(folder)


def _ask(engine: Any, adapter: Any) -> tuple[int, list[float]]:
    """Prompt tokens that came from the cache, and the logprobs of fixed tokens at the next place."""
    from vllm import SamplingParams

    params = SamplingParams(temperature=0.0, max_tokens=1, logprobs=5)
    (output,) = engine.generate({"prompt_token_ids": PROMPT}, params, lora_request=adapter)
    listed = output.outputs[0].logprobs[0]
    return output.num_cached_tokens, [listed[token].logprob for token in sorted(listed)]


def _apart(one: list[float], other: list[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


if __name__ == "__main__":
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    main(*sys.argv[1:])
