"""weights.adapter: the clean toy gives each request its adapter, and each way to get that wrong is named."""

import json
import re

import pytest

from fixtures.models import adapters, checkpoints

SUITE = "suites/adapters/test_adapter.py"
NAMED = [
    ("adapter_not_applied", "beside-one_batch", "showed the model without an adapter"),
    ("adapter_of_a_neighbour", "beside-one_batch", "showed another one's adapter"),
    ("adapter_missing_from_the_key", "beside-in_turn", "showed its own weights on another one's prefix cache"),
    ("adapter_cached_by_name", "load_inplace-asked_again", "showed the new weights on the old ones' prefix cache"),
    ("adapter_not_replaced", "remove_and_add-asked_again", "showed the old weights"),
    ("kv_dropped", "load_inplace-in_flight", "showed the new weights on a recomputed KV cache"),
    ("swap_ignored", "remove_and_add-in_flight", "showed the old weights"),
    ("swap_late", "load_inplace-in_flight", "showed neither the old nor the new weights"),
    ("bad_adapter_is_taken", "load_inplace-rank_too_high", "showed neither the old nor the new weights"),
    ("bad_adapter_removes_the_old", "remove_and_add-cut_off", "showed an error, then the model without an adapter"),
    ("adapter_without_its_head", "head-tokens", "showed its own adapter but for the head"),
]
PINNED = """
[[shown_instead]]
behaviour = "adapter-in-place-on-the-old-cache"
ways = ["load_inplace"]
steps = ["asked_again"]
shows = "the new weights on the old ones' prefix cache"
profiles = ["cpu-fp32"]
engine = "toy"
versions = ">=1"
reason = "x"
link = "x"
until = 2099-12-31
"""


def test_clean_engine_conforms(gate):
    """Every request of a clean engine MUST have the numbers of the adapter it names."""
    done = gate(suites=(SUITE,))
    assert done.code == 0, done.output
    assert "weights.adapter" in done.output


@pytest.mark.parametrize(("fault", "question", "shown"), NAMED)
def test_wrong_adapter_is_named(gate, fault, question, shown):
    """What an engine does wrong with adapters MUST fail by whose numbers it shows."""
    done = gate(f'--engine-setting=faults=["{fault}"]', "-k", question, suites=(SUITE,))
    assert done.code == 1
    assert shown in done.output


def test_pinned_behaviour_is_waived(gate, toy_golden):
    """An adapter on its predecessor's cache MUST be waived where that is pinned, and fail again once it is mended."""
    path = toy_golden / "waivers.toml"
    path.write_text(path.read_text() + PINNED)
    asked = ("-k", "load_inplace-asked_again")
    assert gate('--engine-setting=faults=["adapter_cached_by_name"]', *asked, suites=(SUITE,)).code == 0
    done = gate(*asked, suites=(SUITE,))
    assert done.code == 1
    assert "adapter-in-place-on-the-old-cache no longer holds" in done.output


def test_cold_cache_is_not_run(gate):
    """Where nothing came from the prefix cache, nothing MUST pass as asked again."""
    done = gate("--engine-setting=num_gpu_blocks_override=1", "-k", "in_turn or asked_again", suites=(SUITE,))
    assert done.code == 1
    assert "not run" in done.output


@pytest.fixture
def model(tmp_path):
    """The shapes of a checkpoint of one layer."""
    shapes = {
        "model.embed_tokens.weight": (64, 16),
        "model.layers.0.self_attn.q_proj.weight": (128, 16),
        "model.layers.0.mlp.down_proj.weight": (16, 32),
        "model.norm.weight": (16,),
    }
    zeros = {name: adapters.np.zeros(shape, "float32") for name, shape in shapes.items()}
    adapters.save_file(zeros, tmp_path / checkpoints.WEIGHTS)
    return checkpoints.Model("one-layer", tmp_path, "")


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """An empty cache of models."""
    monkeypatch.setattr(adapters.platformdirs, "user_cache_path", lambda _: tmp_path / "cache")


@pytest.mark.usefixtures("cache")
def test_adapter_is_pefts_own_format(model):
    """An adapter MUST be what peft writes: two factors a matrix under its prefix, rank and scale beside them."""
    made = adapters.adapter(model, adapters.WITH_HEAD)
    names = set(adapters.shapes(made.path))
    modules = {re.sub(r"^base_model\.model\.(.*)\.lora_[AB]\.weight$", r"\1", name) for name in names}
    assert modules == {"model.layers.0.self_attn.q_proj", "model.layers.0.mlp.down_proj", "lm_head"}
    config = json.loads((made.path / adapters.CONFIGURATION).read_text())
    assert (config["peft_type"], config["r"], config["target_modules"]) == (
        "LORA",
        8,
        ["down_proj", "lm_head", "q_proj"],
    )


@pytest.mark.usefixtures("cache")
def test_adapter_is_made_by_its_seed_alone(model, monkeypatch):
    """Made again an adapter MUST be the same, another seed another one, and one that was altered MUST be refused."""
    first, other = adapters.adapter(model, adapters.A), adapters.adapter(model, adapters.B)
    (first.path / adapters.WEIGHTS).unlink()
    assert adapters.adapter(model, adapters.A).fingerprint == first.fingerprint != other.fingerprint
    monkeypatch.setitem(adapters.FINGERPRINTS, first.name, other.fingerprint)
    with pytest.raises(checkpoints.ModelUnusable, match="remove the folder, it is made again"):
        adapters.adapter(model, adapters.A)
