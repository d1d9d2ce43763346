"""An engine that dies, hangs, lies or cannot be started fails the run in one line, and leaves no process."""

import os
import signal
import subprocess
import sys
import time

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


def _engines_of(pid):
    return [p for p in psutil.Process(pid).children(recursive=True) if any("host.py" in a for a in p.cmdline())]


def _hear_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_run_leaves_no_process(toy_golden, how):
    """After Ctrl-C, or a killed runner, no engine MUST be left behind."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "cpu", "--engine=toy"]
    command += [
        f"--golden-root={toy_golden}",
        '--engine-setting=faults=["hangs"]',
        "suites/sampling/test_parameters.py",
    ]
    runner = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 a shell's background job ignores it, and so would what it starts
    )
    try:
        deadline = time.monotonic() + 60
        while not (engines := _engines_of(runner.pid)) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        os.kill(runner.pid, how)
        runner.wait(timeout=20)
    finally:
        runner.kill()
    assert engines
    _, alive = psutil.wait_procs(engines, timeout=20)
    assert not alive
    assert runner.returncode != 0
