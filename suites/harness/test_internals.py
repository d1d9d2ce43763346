"""A vLLM release that renamed what is read of it: each counter and setting by itself, with the name that is gone."""

import dataclasses
import importlib
import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from fixtures.engines.interface import InternalGone
from fixtures.engines.vllm import described, fp32_head, path
from fixtures.engines.vllm.counters import Watch

RELEASE = "vllm 0.40.0"
STEP = {"num_scheduled_tokens": {"a": 4, "b": 1}, "preempted_req_ids": ["b"]}
REQUEST = {"num_computed_tokens": 4, "num_prompt_tokens": 8}
BLOCK_POOL = "block_pool"


class Scheduler:
    """As much of vLLM's as is read, without what a test says that a release renamed."""

    def __init__(self, *renamed):
        self.step = SimpleNamespace(**{k: v for k, v in STEP.items() if k not in renamed})
        request = SimpleNamespace(**{k: v for k, v in REQUEST.items() if k not in renamed})
        pool = SimpleNamespace(_maybe_evict_cached_block=lambda: True)
        for name, value in {"requests": dict.fromkeys("ab", request), "schedule": lambda: self.step}.items():
            if name not in renamed:
                setattr(self, name, value)
        self.kv_cache_manager = SimpleNamespace(**({} if BLOCK_POOL in renamed else {BLOCK_POOL: pool}))


def _counted(*renamed):
    scheduler = Scheduler(*renamed)
    watch = Watch(lambda: SimpleNamespace(scheduler=scheduler), RELEASE)
    watch.begin("ab")
    if "schedule" not in renamed:
        scheduler.schedule()
    if BLOCK_POOL not in renamed:
        vars(scheduler.kv_cache_manager.block_pool)["_maybe_evict_cached_block"]()
    output = SimpleNamespace(**({} if "num_cached_tokens" in renamed else {"num_cached_tokens": 16}))
    return watch.of("b", output)


def test_counters_of_a_release_that_has_all():
    """With every internal in its place each counter MUST be read."""
    counted = _counted()
    assert not counted.unread
    assert (counted.cached_tokens, counted.pieces, counted.preemptions, counted.largest_batch) == (16, 1, 1, 2)
    assert (counted.neighbours, counted.place, counted.evicted_blocks) == (1, 1, 1)


@pytest.mark.parametrize(
    ("renamed", "named", "unread"),
    [
        ("preempted_req_ids", "SimpleNamespace.preempted_req_ids", {"preemptions"}),
        ("num_computed_tokens", "SimpleNamespace.num_computed_tokens", {"pieces"}),
        ("requests", "Scheduler.requests", {"pieces", "ahead"}),
        (BLOCK_POOL, "SimpleNamespace.block_pool", {"evicted_blocks"}),
        ("num_cached_tokens", "SimpleNamespace.num_cached_tokens", {"cached_tokens"}),
        ("schedule", "Scheduler.schedule", {"pieces", "preemptions", "largest_batch", "neighbours", "place", "ahead"}),
        (
            "num_scheduled_tokens",
            "SimpleNamespace.num_scheduled_tokens",
            {"largest_batch", "neighbours", "place", "pieces", "ahead"},
        ),
    ],
)
def test_renamed_internal_leaves_its_own_counters_unread(renamed, named, unread):
    """A counter whose internal is gone MUST say which, what needs it and where it is read; the others MUST count."""
    counted = _counted(renamed)
    assert set(counted.unread) == unread
    for counter, why in counted.unread.items():
        needs = f"needed for the counter {counter}"
        assert why == f"{RELEASE} has no `{named}` any more ({needs}); see fixtures/engines/vllm/counters.py"
    assert counted.evicted_blocks == (renamed != BLOCK_POOL)


def test_renamed_setting_is_unread_alone():
    """Of a configuration without one setting that one MUST be unread, and the others read back."""
    parts = ("model_config", "compilation_config", "cache_config", "scheduler_config", "parallel_config")
    names = {**dict.fromkeys(described.SETTINGS, 1), "mode": 1, "get_vocab_size": lambda: 1}
    config = SimpleNamespace(**{part: SimpleNamespace(**names) for part in parts})
    del config.scheduler_config.async_scheduling
    found, unread = described.resolved(config, RELEASE)
    assert set(found) == set(described.SETTINGS) - {"async_scheduling"}
    needs = "(needed for the resolved async_scheduling); see fixtures/engines/vllm/described.py"
    assert unread == {"async_scheduling": f"{RELEASE} has no `SimpleNamespace.async_scheduling` any more {needs}"}


@pytest.mark.parametrize(
    ("internal", "suites", "named"),
    [
        ("reset_prefix_cache", ("suites/caching", "suites/logprobs/test_processed.py"), {"caching."}),
        ("fp32_head", ("suites/precision/test_head.py",), {"precision.head"}),
    ],
)
def test_what_one_question_needs_fails_that_question_alone(gate, tmp_path, internal, suites, named):
    """Of an internal that is gone, what needs it MUST be not run under its name, and the rest MUST be asked."""
    file = tmp_path / "evidence.json"
    done = gate(f'--engine-setting=faults=["gone_{internal}"]', f"--evidence={file}", suites=suites)
    rows = json.loads(file.read_text())["cases"]
    off = [row for row in rows if row["verdict"] == "not run"]
    assert done.code == 1
    assert all(row["reason"] == f"toy 1.0 has no `Toy.{internal}` any more" for row in off)
    assert all(row["clause"].startswith(tuple(named)) for row in off)
    assert {row["verdict"] for row in rows} == {"not run", "agrees"}


def test_fault_that_cannot_be_planted_ends_the_run_it_was_for(gate):
    """A run that was to have a fault MUST NOT go on without it."""
    done = gate('--engine-setting=faults=["gone_plant"]', "--plant=another_prompts_block")
    assert done.code == 1
    assert "verdict error" in done.output
    assert "--plant=another_prompts_block: toy 1.0 has no `Toy.plant` any more" in done.output


@pytest.mark.usefixtures("worker")
def test_head_of_a_renamed_release_is_asked_for_by_name(monkeypatch):
    """Without what a float32 head is put into, InternalGone MUST name it: only what asks for such a head needs it."""
    with pytest.raises(InternalGone, match=r"`SimpleNamespace.lm_head` any more \(needed for a head in float32"):
        fp32_head.install(SimpleNamespace())
    monkeypatch.setitem(sys.modules, "vllm.model_executor", ModuleType("vllm.model_executor"))
    with pytest.raises(InternalGone, match=r"needed for a head in float32 over a bfloat16 body\); see .*fp32_head.py"):
        fp32_head.keep_weights()


@pytest.mark.usefixtures("worker")
def test_device_that_cannot_be_read_back_is_unread_alone(monkeypatch):
    """Of a configuration that no longer says its device the rest MUST be described, and the device be unread."""
    torch = ModuleType("torch")
    torch.__version__, torch.cuda = "2", SimpleNamespace(is_available=lambda: True)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "vllm.distributed", SimpleNamespace(__path__=[]))
    monkeypatch.setitem(sys.modules, "transformers", SimpleNamespace(__version__="5"))
    found = described.described(SimpleNamespace())
    assert (found.device, found.version) == ("cuda", "0.40.0")
    assert "`SimpleNamespace.device_config` any more (needed for the resolved device)" in found.unread["device"]


@pytest.fixture
def worker(monkeypatch):
    """Forced decoding, over a vLLM that has nothing but a version."""
    monkeypatch.setitem(sys.modules, "vllm", ModuleType("vllm"))
    sys.modules["vllm"].__version__ = "0.40.0+cpu"
    return importlib.import_module("fixtures.engines.vllm.worker").ForcedDecoding()


def test_what_everything_needs_ends_the_run_by_name(worker):
    """Without the rows of a batch nothing can be forced: installing it MUST fail at once and name the internal."""
    model, sampler = SimpleNamespace(load_weights=None), SimpleNamespace(sample=None)
    runner = SimpleNamespace(model=model, sampler=sampler, input_batch=SimpleNamespace(), requests={})
    worker.model_runner = runner
    with pytest.raises(RuntimeError, match=r"`SimpleNamespace.req_ids` any more \(needed for forced decoding, and so"):
        worker.install_forced_decoding()
    runner.input_batch.req_ids = []
    worker.install_forced_decoding()


@pytest.mark.parametrize(("release", "name"), [("0.13.0", "ieee"), ("0.14.0", "highest"), ("0.32.0", "highest")])
def test_products_of_float32_are_asked_for_by_the_releases_own_name(monkeypatch, release, name):
    """0.13 refuses the name that every other release has, so it MUST be given its own."""
    monkeypatch.setattr(path.installed, "release", lambda: release)
    assert path.environment()["VLLM_FLOAT32_MATMUL_PRECISION"] == name


def test_an_argument_that_a_version_lacks_is_said_in_a_sentence():
    """A start MUST NOT end in a traceback of vLLM's where the version takes no such argument (0.9: logprobs_mode)."""

    @dataclasses.dataclass
    class EngineArgs:
        model: str = ""

    path.require_known({"model": "m"}, EngineArgs)
    with pytest.raises(TypeError, match="takes no logprobs_mode: it reports raw logprobs alone"):
        path.require_known({"model": "m", "logprobs_mode": "processed_logprobs"}, EngineArgs)
    with pytest.raises(TypeError, match="takes no modle: did you mean model"):
        path.require_known({"modle": "m"}, EngineArgs)
