"""An engine that dies, hangs, lies or cannot be started fails the run in one line, and leaves no process."""

import sys

import psutil
import pytest

from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.engines.interface import Start
from fixtures.engines.interpreter import NEEDED, unusable
from fixtures.engines.process import EngineFailed, EngineProcess

REQUESTS = [Request("a", "some text", Sampling(max_tokens=3)), Request("b", "other text", Sampling(max_tokens=3))]


@pytest.fixture
def engine(one_interpreter):
    def started(fault):
        start = Start("toy", "toy", "float32", "cpu", {"faults": [fault]})
        return EngineProcess(one_interpreter(sys.executable, "toy"), start, limit=20.0, progress=lambda *_: None)

    return started


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("dies", "died while answering 2 requests (exit status 9)"),
        ("hangs", "gave no answer within 1 s"),
        ("nonsense", "answered nonsense"),
        ("forgets_a_request", "answered 1 of 2 requests"),
    ],
)
def test_failing_engine_is_one_readable_line(engine, fault, said, monkeypatch):
    """An engine that fails in a batch MUST end with one line that says how, and its process MUST be gone."""
    failing = engine(fault)
    if fault == "hangs":  # a busy machine may take longer than that to start it
        monkeypatch.setattr(failing, "_limit", 1.0)
    process = psutil.Process(failing.pid)
    with pytest.raises(EngineFailed) as failed:
        failing.observe(REQUESTS)
    assert said in str(failed.value).splitlines()[0]
    assert not process.is_running()


def test_dead_engines_log_is_shown(engine):
    """The tail of a failed engine's log MUST stand under the line."""
    with pytest.raises(EngineFailed, match=r"\| the toy engine was told to die"):
        engine("dies").observe(REQUESTS)


def test_engine_that_cannot_start(engine):
    """An engine that raises while loading MUST say why."""
    with pytest.raises(EngineFailed, match="RuntimeError: the toy engine was told not to start"):
        engine("cannot_start")


@pytest.mark.parametrize(
    "suite",
    ["suites/sampling/test_live.py", "suites/sampling/test_parameters.py", "suites/weights/test_prefix_cache.py"],
)
def test_failing_engine_ends_the_run_in_one_line(gate, suite):
    """Whatever a test asks, an engine that dies MUST end the run with the line that says how, without a traceback."""
    done = gate('--engine-setting=faults=["dies"]', suites=(suite,))
    assert done.code == 1
    assert "died while answering" in done.output
    assert not [line for line in done.output.splitlines() if line.startswith(("E  ", "Traceback"))]


@pytest.mark.parametrize(
    ("python", "library", "said"),
    [
        (sys.executable, "no_such_library", "has no no_such_library, which --engine=v1 measures; name the Python"),
        ("/bin/true", "numpy", "--engine-python=/bin/true is no Python interpreter"),
        ("/nowhere/python", "numpy", "--engine-python=/nowhere/python cannot be run"),
        (sys.executable, "numpy", None),
    ],
)
def test_interpreter_that_cannot_run_the_engine(monkeypatch, python, library, said):
    """Another interpreter than the engine's MUST be named with the fix before anything is started."""
    monkeypatch.setitem(NEEDED, "v1", library)
    found = unusable(python, "v1")
    assert found is None if said is None else said in found
