"""vLLM alone: reload_weights on a CPU goes on with old numbers and says nothing (seen in 0.18.1 and 0.32.0).

    python reload_on_cpu.py MODEL OTHER_WEIGHTS

Both are folders of one architecture's checkpoints. An engine on MODEL is told to reload from OTHER_WEIGHTS; it
must then report what an engine started on OTHER_WEIGHTS reports. It does not: at load time the CPU's linear layers
hand their weights to oneDNN, which packs copies, and the reload does not bring every part of the model up to date.
With vllm._custom_ops._supports_onednn = False set before the engine starts (third argument: unpacked) it does.

Prints the greatest difference between the two, in nats.
"""

from __future__ import annotations

import os
import sys
from typing import Any

PROMPT = [1, 504, 3575, 282, 260, 2567]


def main(model: str, other: str, packing: str = "packed") -> None:
    import vllm._custom_ops

    if packing == "unpacked":
        vllm._custom_ops._supports_onednn = False  # noqa: SLF001 vLLM has no switch for it
    updated, fresh = _engine(model), _engine(other)
    updated.collective_rpc("reload_weights", kwargs={"weights_path": other})
    apart = max(abs(a - b) for a, b in zip(_logprobs(updated), _logprobs(fresh), strict=True))
    print(f"{vllm.__version__}: an engine after reload_weights is {apart:.2g} nats from one started on those weights")


def _engine(model: str) -> Any:
    from vllm import LLM

    return LLM(model, dtype="float32", enforce_eager=True, max_model_len=64, enable_prefix_caching=False)


def _logprobs(engine: Any) -> list[float]:
    from vllm import SamplingParams

    (output,) = engine.generate({"prompt_token_ids": PROMPT}, SamplingParams(prompt_logprobs=0, max_tokens=1))
    return [next(iter(entry.values())).logprob for entry in output.prompt_logprobs[1:]]


if __name__ == "__main__":
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    main(*sys.argv[1:])
