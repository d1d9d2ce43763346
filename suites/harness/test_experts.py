"""Experts that stay loadable on a CPU: in releases that have their classes, and in others."""

import sys
from types import ModuleType

import pytest

from fixtures.engines.vllm import experts_on_cpu


@pytest.fixture
def experts(monkeypatch):
    """The module of a release's experts, empty; what changes it begins anew."""
    names = "vllm.model_executor.layers.fused_moe"
    for name in ("vllm", "vllm.model_executor", "vllm.model_executor.layers", names, f"{names}.experts"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    found = ModuleType(f"{names}.experts.cpu_moe")
    sys.modules[f"{names}.experts"].cpu_moe = found
    monkeypatch.setitem(sys.modules, found.__name__, found)
    experts_on_cpu.keep_loadable.cache_clear()
    yield found
    experts_on_cpu.keep_loadable.cache_clear()


def test_a_release_with_other_experts_still_starts(experts):
    """A release that renamed its experts' classes MUST start all the same: only a model that has some needs them."""
    experts_on_cpu.keep_loadable()
    assert not vars(experts).keys() & {"CPUUnquantizedExperts", "apply"}


class Experts:
    """As vLLM's: it is given packed weights."""

    isa = "vec"

    def apply(self, output, hidden_states, w1, w2):
        output.extend((hidden_states, w1, w2))


def test_experts_weights_are_packed_once_a_call(experts):
    """Asked for twice, by an engine and by its worker, weights MUST be packed once, or they are nobody's."""
    experts.CPUUnquantizedExperts = type("Own", (Experts,), {})
    experts.cpu_prepack_moe_weight = lambda weight, _isa: f"packed {weight}"
    experts_on_cpu.keep_loadable()
    experts_on_cpu.keep_loadable()
    own, output = experts.CPUUnquantizedExperts(), []
    own.process_weights_after_loading(None)
    own.apply(output, "x", "w1", "w2")
    assert output == ["x", "packed w1", "packed w2"]
