"""After Ctrl-C, or a killed runner, no engine and no process of a server is left."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

SIGNALS = (signal.SIGINT, signal.SIGKILL)


def _hear_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _runner(golden, suite):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "cpu", "--engine=toy"]
    command += [f"--golden-root={golden}", '--engine-setting=faults=["hangs"]', suite]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 a shell's background job ignores it, and so would what it starts
    )


def _of(runner, script):
    children = psutil.Process(runner.pid).children(recursive=True)
    return [p for p in children if any(script in a for a in p.cmdline())]


def _started(runner, script):
    deadline = time.monotonic() + 60  # in a new environment, beside other work, pytest's own start takes long
    while not (found := _of(runner, script)) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not found:
        runner.kill()
    assert found, runner.communicate()[0]
    return found


@pytest.mark.parametrize(
    ("script", "suite", "asked"),
    [("host.py", "suites/sampling/test_parameters.py", 0.3), ("launch.py", "suites/serving", 0.7)],
)
def test_interrupted_run_leaves_no_process(toy_golden, group, script, suite, asked):
    """Interrupted or killed with requests in flight, which are there after ``asked`` seconds, nothing MUST be left."""
    runners = [_runner(toy_golden, suite) for _ in SIGNALS]  # side by side, as much of it is waiting
    try:
        found = [_started(runner, script) for runner in runners]
        time.sleep(asked)
        for runner, how in zip(runners, SIGNALS, strict=True):
            os.kill(runner.pid, how)
        for runner in runners:
            runner.wait(timeout=20)
            assert runner.returncode != 0
    finally:
        for runner in runners:
            runner.kill()
    _, alive = psutil.wait_procs([p for processes in found for p in processes], timeout=20)
    assert not alive
    assert not [p for processes in found for p in group(processes[0].pid)]
