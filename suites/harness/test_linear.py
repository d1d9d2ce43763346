"""Linear layers that stay loadable on a CPU: packed for speed, and never with weights that are not there any more."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from fixtures.engines.vllm import linear_on_cpu

LAYERS = "vllm.model_executor.layers"
NAMES = ("vllm", "vllm._custom_ops", "vllm.model_executor", LAYERS)
DECIDED = ("linear", "utils", "vocab_parallel_embedding")


def pack(layer, remove_weight):
    """As vLLM's: a copy of the weights as they are now."""
    assert not remove_weight
    copy = f"packed {layer.weight}"
    layer.cpu_linear = lambda x, _weight, _bias: (x, copy)


@pytest.fixture
def vllm(monkeypatch):
    """The modules of a release in which layers are packed, and a torch whose products say of what."""
    for name in (*NAMES, *(f"{LAYERS}.{part}" for part in DECIDED)):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], own, sys.modules[name])
    functional = SimpleNamespace(linear=lambda x, weight, _bias: (x, weight))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(nn=SimpleNamespace(functional=functional)))
    for part in DECIDED:
        monkeypatch.setattr(sys.modules[f"{LAYERS}.{part}"], linear_on_cpu.DISPATCH, pack, raising=False)
    linear_on_cpu.keep_loadable.cache_clear()
    yield sys.modules
    linear_on_cpu.keep_loadable.cache_clear()


@pytest.fixture
def layer(vllm):
    """A layer of a model that is loaded, its weights being their name."""
    linear_on_cpu.keep_loadable()
    made = SimpleNamespace(weight="a")
    vllm[f"{LAYERS}.linear"].dispatch_cpu_unquantized_gemm(made, remove_weight=True)
    return made


def product(layer):
    return layer.cpu_linear("x", layer.weight, None)


def test_weights_are_packed_once_they_are_used_again(layer):
    """The first product MUST be of the weights as they are, as an update may come at every step, the others packed."""
    assert [product(layer) for _ in range(3)] == [("x", "a"), ("x", "packed a"), ("x", "packed a")]


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
    for part in DECIDED:
        monkeypatch.delattr(vllm[f"{LAYERS}.{part}"], linear_on_cpu.DISPATCH)
    linear_on_cpu.keep_loadable()
    assert vars(vllm["vllm._custom_ops"])["_supports_onednn"] is False
