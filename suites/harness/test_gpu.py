"""The GPU profiles, as far as they can be checked without a GPU."""

import dataclasses
import json
import os

import pytest

from fixtures.asking.observations import Description
from fixtures.asking.profiles import PROFILES, chosen, device_of_worker, engine_settings
from fixtures.engines import versions
from fixtures.engines.interface import Start
from fixtures.engines.vllm import path as vllm_path
from fixtures.engines.vllm import v1_as_cuda
from fixtures.models import size

ON_GPU = [p for p in PROFILES.values() if p.marker == "gpu"]


@dataclasses.dataclass
class Arguments:
    """Engine arguments of a version that takes the attention backend from the environment."""

    model: str = ""


@pytest.mark.parametrize(
    ("worker", "visible", "devices", "device"),
    [("gw0", None, 2, "0"), ("gw3", None, 2, "1"), ("gw1", "4,6", 2, "6"), ("gw0", None, 0, None)],
)
def test_one_gpu_a_worker(worker, visible, devices, device):
    """Workers MUST take the devices in turn, of those they were given, and none where there is none."""
    assert device_of_worker(worker, visible, devices) == device


@pytest.mark.parametrize("profile", ON_GPU, ids=lambda p: p.name)
def test_gpu_profile_is_its_cpu_twin_with_pins(profile):
    """A GPU profile MUST ask what the CPU's asks, and name its attention backend."""
    twin = PROFILES[profile.name.replace("cuda", "cpu")]
    settings = engine_settings(profile, "v1")
    backend = {"attention_backend": "TRITON_ATTN" if profile.dtype == "float32" else "FLASH_ATTN"}
    assert settings == engine_settings(twin, "v1") | backend
    assert (profile.dtype, profile.pointwise, profile.fp32_head) == (twin.dtype, twin.pointwise, twin.fp32_head)


def test_an_engine_takes_what_its_model_needs(monkeypatch, tmp_path):
    """Of a GPU's memory an engine MUST have its weights and room for a cache; what does not fit MUST be refused."""
    shapes = {"w": {"dtype": "F32", "shape": [1000, 1000], "data_offsets": [0, 0]}}
    head = json.dumps(shapes).encode()
    monkeypatch.setattr(size, "ROOM", 2e6)
    (tmp_path / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head)
    assert size.share(tmp_path, "float32", 12e6) == 0.5
    assert size.share(tmp_path, "bfloat16", 12e6) == pytest.approx(0.34)
    with pytest.raises(size.TooLarge, match="of a GPU in float32"):
        size.share(tmp_path, "float32", 6e6)


def test_every_kind_of_test_has_a_gpu_profile():
    """What is judged on a CPU MUST be judged on a GPU too."""
    for pointwise in (True, False):
        assert len({p.marker for p in chosen(pointwise=pointwise)}) == 2


def test_attention_is_pinned_as_the_version_takes_it(monkeypatch):
    """As an argument where there is one, else in the environment; nothing is dropped in silence."""
    monkeypatch.setenv("VLLM_ATTENTION_BACKEND", "another")  # put back afterwards
    asked = {"attention_backend": "FLASH_ATTN", "seed": 0}
    known = dataclasses.make_dataclass("Known", ["attention_backend"])
    assert vllm_path.with_attention(asked, known) == asked
    assert vllm_path.with_attention(asked, Arguments) == {"seed": 0}
    assert os.environ["VLLM_ATTENTION_BACKEND"] == "FLASH_ATTN"


@pytest.mark.parametrize(("taken", "refused"), [("FLASH_ATTN", False), ("TRITON_ATTN", True), ("unknown", True)])
def test_other_attention_than_pinned_is_refused(taken, refused):
    """What computes MUST be what was pinned, or the engine is not measured."""
    found = Description("vllm", "0.18.1", settings={"computed_by": {"attention": taken}})
    said = versions.refusal("v1", {"attention_backend": "FLASH_ATTN"}, found)
    assert (said is not None and taken in said) is refused
    assert versions.refusal("v1", {}, found) is None


def test_float32_is_never_tf32(monkeypatch):
    """Products MUST be float32's in cuBLAS, torch and Triton; the runner is the caller's if it names one."""
    monkeypatch.setenv("VLLM_USE_V2_MODEL_RUNNER", "1")
    found = vllm_path.environment()
    assert (found["NVIDIA_TF32_OVERRIDE"], found["TRITON_F32_DEFAULT"]) == ("0", "ieee")
    assert found["VLLM_USE_V2_MODEL_RUNNER"] == "1"


def test_a_stand_in_for_a_device_computes_nothing():
    """An engine without its CUDA device MUST say only what it would run with, and be refused for more."""
    with pytest.raises(ValueError, match="no CUDA device here"):
        v1_as_cuda.start(Start("v1-as-cuda", "m", "auto", "cuda"))


def test_only_compiled_cuda_code_is_stood_in_for():
    """Modules that the wheel has MUST be its own: an empty one stands for compiled code alone."""
    find = v1_as_cuda.Compiled().find_spec
    assert find("vllm._C_stable_libtorch")
    assert find("vllm.vllm_flash_attn._vllm_fa3_C")
    assert not any(find(name) for name in ("vllm", "vllm.config", "vllm.vllm_flash_attn", "torch._C"))
