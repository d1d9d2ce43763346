"""parallel.*: the clean toy conforms, what a rank does wrong is named, and what the name rests on is right."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from fixtures.engines.interface import InternalGone
from fixtures.engines.vllm import planted, ranks
from fixtures.models import stored
from fixtures.models.checkpoints import EMBEDDING, HEAD, WEIGHTS
from fixtures.parallel import shards
from fixtures.parallel.questions import KINDS, PIPELINE, TENSOR

SUITE = "suites/parallel/test_parallel.py"
NAMED = [
    ("stale_head", "tensor and swap", "showed rank 1 of 2 kept the old weights"),
    ("stale_layer", "pipeline and update", "showed rank 0 of 2 kept the old weights"),
    ("swap_ignored", "data and swap", "showed rank 1 of 2 kept the old weights"),
    ("swap_ignored", "tensor and update", "showed the old weights"),
    ("kv_dropped", "pipeline and swap", "showed the new weights on a recomputed KV cache"),
    ("skips_temperature", "tensor and plain", "showed other numbers than one process"),
]
HEADS, SIZE, BETWEEN, VOCABULARY = 4, 8, 24, 128


def test_clean_engine_conforms(gate):
    """Ranks that report what one process does MUST agree, in each kind of parallelism."""
    done = gate(suites=(SUITE,))
    assert done.code == 0, done.output
    assert all(f"parallel.{kind}" in done.output for kind in KINDS)


@pytest.mark.parametrize(("fault", "question", "shown"), NAMED)
def test_what_a_rank_does_wrong_is_named(gate, fault, question, shown):
    """A rank that keeps its weights MUST be named, and whatever else differs MUST fail."""
    done = gate(f'--engine-setting=faults=["{fault}"]', "-k", question, suites=(SUITE,))
    assert done.code == 1
    assert shown in done.output


def test_an_engine_that_is_not_parallel_is_not_run(gate):
    """An engine that resolves the size away MUST NOT pass as two ranks."""
    done = gate('--engine-setting=resolves={"tensor_parallel_size": 1}', "-k", "tensor and plain", suites=(SUITE,))
    assert done.code == 1
    assert "toy 1.0 resolves tensor_parallel_size=2 to 1" in done.output


def test_cores_are_parted():
    """Each rank MUST have as many cores as another and none of another's; with too few of them all share."""
    assert ranks.bound([0, 1], 2) == "0|1"
    assert ranks.bound([2, 3, 5, 7, 9], 2) == "2,3|5,7"
    assert ranks.bound([4], 2) == "nobind"


def test_a_tensor_that_no_rank_takes_is_an_error():
    """What each rank leaves to the others MUST NOT be lost."""
    ranks.require_taken([["a"], ["b"]])
    ranks.require_taken([None, None])
    with pytest.raises(ValueError, match="b went into no rank"):
        ranks.require_taken([["a", "b"], ["b"]])


class FewWorkers:
    """vLLM's executor of workers that are processes of their own: ``told`` is what was sent to each."""

    def __init__(self):
        self.told = []

    def collective_rpc(self, method, args):
        self.told.append((method, *args))


def test_workers_of_their_own_are_reached_by_their_name_for_it():
    """A fault MUST reach workers in their own processes, and what is read beside an engine MUST say that none is."""
    core = SimpleNamespace(
        model_executor=FewWorkers(), vllm_config=SimpleNamespace(parallel_config=SimpleNamespace(world_size=2))
    )
    ranks.plant("rank_keeps_its_weights", core)
    assert core.model_executor.told == [("plant_fault", "rank_keeps_its_weights")]
    with pytest.raises(InternalGone, match="FewWorkers of 2 has each worker in a process of its own"):
        ranks.runner_here(core)


def _worker(rank, data_rank):
    """A runner of one of two tensor parallel ranks, or of one of two data parallel engines; what it loaded."""
    size = SimpleNamespace(data_parallel_index=data_rank, world_size=1 if data_rank else 2, rank=rank)
    loaded = []
    model = SimpleNamespace(load_weights=loaded.extend)
    return SimpleNamespace(vllm_config=SimpleNamespace(parallel_config=size), model=model), loaded


@pytest.mark.parametrize(("rank", "data_rank", "takes"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_one_rank_alone_has_the_fault(rank, data_rank, takes):
    """The fault MUST be rank 1's, be it a worker beside another or an engine beside another, and go as it came."""
    runner, loaded = _worker(rank, data_rank)
    planted.plant("rank_keeps_its_weights", runner, None)
    runner.model.load_weights([("a", 1)])
    assert loaded == ([("a", 1)] if takes else [])
    planted.plant("", runner, None)
    runner.model.load_weights([("b", 2)])
    assert loaded[-1] == ("b", 2)


@pytest.fixture
def folders(tmp_path):
    """A and B: a checkpoint of two layers, and the same with other values."""

    def write(name, seed):
        random, folder = np.random.default_rng(seed), tmp_path / name
        folder.mkdir()
        width = HEADS * SIZE
        shapes = {EMBEDDING: (VOCABULARY, width), HEAD: (VOCABULARY, width), shards.LAST_NORM: (width,)}
        for layer in range(2):
            rows = {"q_proj": width, "k_proj": width // 2, "v_proj": width // 2, "o_proj": width}
            parts = {f"self_attn.{n}.weight": (count, width) for n, count in rows.items()}
            parts |= {f"mlp.{n}.weight": (BETWEEN, width) for n in ("gate_proj", "up_proj")}
            parts |= {"mlp.down_proj.weight": (width, BETWEEN)} | dict.fromkeys(shards.NORMS, (width,))
            shapes |= {f"model.layers.{layer}.{part}": shape for part, shape in parts.items()}
        tensors = [
            stored.Stored(n, "F32", s, b"").holding(random.normal(size=s).astype("f4")) for n, s in shapes.items()
        ]
        stored.write(folder / WEIGHTS, tensors)
        config = {"num_hidden_layers": 2, "num_key_value_heads": 2, "vocab_size": VOCABULARY}
        (folder / "config.json").write_text(json.dumps(config))
        return str(folder)

    return write("a", 1), write("b", 2)


def _values(folder):
    return {t.name: t.values() for file in stored.files(folder) for t in stored.tensors(file)}


def test_a_rank_that_kept_its_weights_is_mixed_right(folders, tmp_path):
    """One process with the mixture MUST compute what the old rank and the new one do together, each by its own norm."""
    a, b = folders
    mixture = _values(tmp_path / shards.mixed(TENSOR, a, b, 1, tmp_path / "mixed"))
    old, new = _values(tmp_path / "a"), _values(tmp_path / "b")
    x, half = np.random.default_rng(3).normal(size=HEADS * SIZE), VOCABULARY // 2
    logits = [head @ (x * norm) for head, norm in ((t[HEAD], t[shards.LAST_NORM]) for t in (new, old))]
    mixed = mixture[HEAD] @ (x * mixture[shards.LAST_NORM])
    assert np.allclose(mixed, [*logits[0][:half], *logits[1][half:]], atol=1e-5)
    down, y, middle = "model.layers.1.mlp.down_proj.weight", np.random.default_rng(4).normal(size=BETWEEN), BETWEEN // 2
    together = new[down][:, :middle] @ y[:middle] + old[down][:, middle:] @ y[middle:]
    assert np.allclose(mixture[down] @ y, together, atol=1e-5)
    assert np.array_equal(mixture[EMBEDDING], [*new[EMBEDDING][:half], *old[EMBEDDING][half:]])


def test_a_stage_of_a_pipeline_is_named_whole(folders, tmp_path):
    """A rank of a pipeline MUST be told by its layers, and by what stands before the first or after the last."""
    a, b = folders
    assert shards.mixed(PIPELINE, a, b, 0, tmp_path) == f"{b}#embed_tokens,layers.0.#{a}"
    assert shards.mixed(PIPELINE, a, b, 1, tmp_path) == f"{b}#layers.1.,model.norm,lm_head#{a}"


def test_an_unknown_tensor_is_not_guessed(folders, tmp_path, monkeypatch):
    """Where a tensor's share is not known, no rank MUST be accused."""
    monkeypatch.setattr(shards, "BY_COLUMNS", ())
    assert shards.mixed(TENSOR, *folders, 1, tmp_path / "mixed") is None
