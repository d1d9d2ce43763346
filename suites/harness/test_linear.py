"""Linear layers that stay loadable on a CPU: packed for speed, and never with weights that are not there any more."""

import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from fixtures.engines.vllm import compiling, fp32_head, linear_on_cpu

LAYERS = "vllm.model_executor.layers"
UTILS = f"{LAYERS}.utils"
NAMES = ("vllm", "vllm._custom_ops", "vllm.model_executor", LAYERS, UTILS)


def pack(layer, remove_weight):
    """As vLLM's: a copy of the weights as they are now."""
    layer.given = remove_weight
    copy = f"packed {layer.weight}"
    layer.cpu_linear = lambda x, _weight, _bias: (x, copy)


@pytest.fixture
def vllm(monkeypatch):
    """The modules of a release in which layers are packed, and a torch whose products say of what."""
    for name in NAMES:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], own, sys.modules[name])
    sys.modules["vllm"].__version__ = "0.18.1"
    functional = SimpleNamespace(linear=lambda x, weight, _bias: (x, weight))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(nn=SimpleNamespace(functional=functional)))
    monkeypatch.setattr(sys.modules[UTILS], linear_on_cpu.DISPATCH, pack, raising=False)
    linear_on_cpu.keep_loadable.cache_clear()
    yield sys.modules
    linear_on_cpu.keep_loadable.cache_clear()


class Weight(str):
    """Known by its name."""

    __slots__ = ("ndim",)


def loaded(vllm, ndim):
    """A layer of a model that is loaded, as vLLM's layers have themselves dispatched."""
    linear_on_cpu.keep_loadable()
    made = SimpleNamespace(weight=Weight("a"))
    made.weight.ndim = ndim
    vllm[UTILS].dispatch_cpu_unquantized_gemm(made, remove_weight=True)
    return made


@pytest.fixture
def layer(vllm):
    return loaded(vllm, 2)


def product(layer):
    return layer.cpu_linear("x", layer.weight, None)


def test_weights_are_packed_once_they_are_used_again(layer):
    """The first product MUST be of the weights as they are, as an update may come at every step, the others packed."""
    assert [product(layer) for _ in range(3)] == [("x", "a"), ("x", "packed a"), ("x", "packed a")]
    assert layer.given is False  # the weights stay


def test_what_is_no_linear_layer_is_packed_as_ever(vllm):
    """A convolution's kernel takes packed weights and asks for no product: vLLM's own choice MUST stand."""
    convolution = loaded(vllm, 3)
    assert convolution.given is True
    assert not isinstance(convolution.cpu_linear, linear_on_cpu.Linear)


@pytest.mark.parametrize("fails", [False, True])
def test_no_product_is_of_weights_that_were_replaced(layer, fails):
    """After a load, also one that stopped half-way, the packed copy MUST be made anew."""

    def load_weights(new):
        layer.weight = new
        if fails:
            raise ValueError(new)

    model = SimpleNamespace(load_weights=load_weights)
    linear_on_cpu.follow(model)
    assert [product(layer) for _ in range(2)][-1] == ("x", "packed a")
    try:
        model.load_weights("b")
    except ValueError:
        assert fails
    assert [product(layer) for _ in range(2)] == [("x", "b"), ("x", "packed b")]


def test_a_release_that_decides_elsewhere_packs_nothing(vllm, monkeypatch):
    """Before 0.10.2 there is no such choice to take: then vLLM MUST find that oneDNN is not there."""
    monkeypatch.delattr(vllm[UTILS], linear_on_cpu.DISPATCH)
    linear_on_cpu.keep_loadable()
    assert vars(vllm["vllm._custom_ops"])["_supports_onednn"] is False


def test_a_head_in_float32_is_that_of_the_newest_weights(vllm, monkeypatch):
    """The packed copy of a head in float32 MUST be made anew where a load, or a fault, left other weights."""
    made = SimpleNamespace(create_onednn_mm=lambda w, _: f"packed {w}", onednn_mm=lambda w, x, _: (x, w))
    for name, value in (vars(made) | {"_supports_onednn": True}).items():
        monkeypatch.setattr(vllm["vllm._custom_ops"], name, value, raising=False)
    head = SimpleNamespace(quant_method=SimpleNamespace())
    fp32_head.install(SimpleNamespace(lm_head=head))
    said = []
    for name in ("a", "b"):
        kept = SimpleNamespace(device=SimpleNamespace(type="cpu"), t=lambda name=name: name)
        head.weight = SimpleNamespace(**{fp32_head.KEPT: kept})
        said += [head.quant_method.apply(head, SimpleNamespace(float=lambda: "x")) for _ in range(2)]
    assert said == [("x", "packed a")] * 2 + [("x", "packed b")] * 2


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")  # from 3.12 on: so is an engine
@pytest.mark.parametrize("script", ["raise ValueError", "import os; os.kill(os.getpid(), 9)"])
def test_instructions_that_fail_are_not_to_be_had(script):
    """What torch tries in an interpreter of its own MUST fail in a fork too, also where the machine stops it."""
    compiling.forked(["python", "-c", "pass"])
    with pytest.raises(subprocess.CalledProcessError):
        compiling.forked(["python", "-c", script])
