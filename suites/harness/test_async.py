"""Async scheduling: when it counts as reached, what is asked in it, and the token that a pause makes it drop."""

import json
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from fixtures.asking.cases import read_cases
from fixtures.asking.observations import Counters, Description, Observation, Position
from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.engines.vllm import core_calls
from fixtures.engines.vllm.async_on_cpu import WaitedFor
from fixtures.engines.vllm.counters import Watch
from fixtures.golden.files import read_recording
from fixtures.models.whose import Whose
from fixtures.states import reached
from fixtures.states.table import STATES
from fixtures.weights.fates import Ending, Fate, fate, skips, without

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
REQUEST = Request("a", (1, 2, 3), Sampling(max_tokens=4))
PAUSE = "suites/weights/test_pause.py::test_pause_does_what_it_says[cpu-fp32-keep-clear_cache=True-async_scheduling]"
SKIPPED = f"{Ending.SKIPPED}, with {Whose.RECOMPUTED}"
DECLARED = {"ways": ["keep-clear_cache=True-async_scheduling"], "steps": ["in_flight"], "shows": SKIPPED}


class _Core:
    """An engine core with one request, as Watch sees it."""

    def __init__(self, under_way, placeholders):
        request = SimpleNamespace(num_computed_tokens=4, num_prompt_tokens=3, num_output_placeholders=placeholders)
        pool = SimpleNamespace(_maybe_evict_cached_block=lambda: False)
        self.batch_queue = under_way
        self.scheduler = SimpleNamespace(
            requests={"a-1234": request},
            kv_cache_manager=SimpleNamespace(block_pool=pool),
            schedule=lambda: SimpleNamespace(num_scheduled_tokens={"a-1234": 1}, preempted_req_ids=None),
        )


@pytest.mark.parametrize(
    ("under_way", "placeholders", "ahead"),
    [(["a step"], 2, 1), ([], 2, 0), (["a step of others"], 1, 0), (None, 0, 0)],
)
def test_only_a_step_that_is_under_way_counts(under_way, placeholders, ahead):
    """A step MUST count as launched ahead only beside one in the batch queue that owes this request a token."""
    core = _Core(under_way, placeholders)
    watch = Watch(lambda: core, "vllm 0.18.1")
    watch.begin(["a"])
    core.scheduler.schedule()
    assert watch.of("a", SimpleNamespace(num_cached_tokens=0)).ahead == ahead


def test_state_without_a_step_under_way_is_not_reached():
    """An engine that resolves to async scheduling and launches no step ahead MUST NOT count as being in the state."""
    assert reached.ran_ahead([{"a": reached.Heard(Counters(ahead=0))}], REQUEST)
    assert reached.ran_ahead([{"a": reached.Heard(Counters(ahead=3))}], REQUEST) is None


def test_how_far_ahead_names_the_scheduler():
    """The evidence MUST say by which scheduler of the engine's own the state was reached, and how often."""
    engine = Description("vllm", "1", settings={"computed_by": {"scheduler": "AsyncScheduler with 2 under way"}})
    assert reached.how_far_ahead(engine, Counters(ahead=7)).startswith("AsyncScheduler with 2 under way, 7 steps")


def test_output_comes_when_it_is_waited_for():
    """A step's output MUST NOT be there before somebody waits for it, and MUST be read once."""
    read = []
    output = WaitedFor(lambda: read.append(1) or "output")
    assert not output.done()
    assert [output.result(), output.result()] == ["output", "output"]
    assert read == [1]


def test_evidence_says_how_far_ahead(gate, tmp_path):
    """A row of scheduling.async MUST say how many steps were launched ahead."""
    file = tmp_path / "evidence.json"
    assert gate("-k", "async", f"--evidence={file}", suites=("suites/scheduling",)).code == 0
    rows = json.loads(file.read_text())["cases"]
    assert rows
    assert all("steps launched while the one before was under way" in r["reason"] for r in rows)


def test_a_case_that_ends_early_does():
    """A case that says ``ends_early`` MUST have ended, by EOS or a stop token, within the tokens asked of it."""
    cases = [c for c in read_cases(GOLDEN).values() if c.ends_early]
    assert any(c.sampling.min_tokens for c in cases)
    assert any(c.sampling.stop_token_ids for c in cases)
    for case in cases:
        answer = read_recording(GOLDEN, "smollm2-135m", case).observation
        assert answer.finish_reason == "stop"
        assert len(answer.token_ids) <= STATES["scheduling.async"].positions


def _answer(*tokens):
    return Observation("a", (1,), tokens, tuple(Position(t, 0.0, 1, ()) for t in tokens), "length")


def test_skipped_token_is_told_from_a_lost_one():
    """An answer without the first token after a pause MUST be called that, and one with another gap MUST NOT."""
    forced = (1, 2, 3, 4, 5)
    skipped = _answer(1, 2, 4, 5, 9)
    assert skips(skipped, 2, forced)
    assert not skips(skipped, 3, forced)
    assert not skips(_answer(*forced), 2, forced)
    assert fate(skipped, 2, forced, lambda w: w is Whose.RECOMPUTED) == Fate(Ending.SKIPPED, Whose.RECOMPUTED)
    assert fate(_answer(1, 2, 4, 5), 2, forced, lambda _: True) == Fate(Ending.LOST)
    assert without(skipped, 4).token_ids == without(_answer(*forced), 2).token_ids


def test_token_dropped_at_a_pause_is_named_and_can_be_declared(gate, declare, tmp_path):
    """A token that a pause drops MUST fail under its name; where exactly that is declared it MUST be waived."""
    file, fault = tmp_path / "evidence.json", '--engine-setting=faults=["token_skipped_at_resume"]'
    done = gate(fault, suites=(PAUSE,))
    assert done.code == 1
    assert f"showed {SKIPPED}" in done.output
    declare("shown_instead", "toy-drops-a-token", **DECLARED)
    done = gate(fault, f"--evidence={file}", suites=(PAUSE,))
    assert done.code == 0, done.output
    rows = json.loads(file.read_text())["cases"]
    assert {r["verdict"] for r in rows} == {"waived", "agrees"}
    done = gate(suites=(PAUSE,))
    assert done.code == 1
    assert "toy-drops-a-token no longer holds" in done.output


def test_steps_before_a_pause_are_paced():
    """No step of a small model MUST begin before the pace allows it, and once the weights came none may wait."""
    begun = []
    core = SimpleNamespace(scheduler=SimpleNamespace(schedule=lambda: begun.append(time.monotonic())))
    for pace in (0.02, 0.0):
        core_calls.pace_steps(core, pace)
        for _ in range(4):
            core.scheduler.schedule()
    apart = [later - sooner for sooner, later in pairwise(begun)]
    assert min(apart[:3]) >= 0.02
    assert min(apart[3:]) < 0.02
