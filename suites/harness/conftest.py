"""The harness's own fixtures: a toy golden set, and the gate run on it in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOY = Path(__file__).with_name("toy")


def _pytest(*arguments, **environment):
    """pytest as a contributor types it; CI is unset, as recording is refused where it is set."""
    inherited = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--engine=toy", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="session")
def recorded_once(tmp_path_factory):
    """The toy's golden set, recorded by the toy in V0's order."""
    root = tmp_path_factory.mktemp("golden")
    shutil.copytree(TOY, root, dirs_exist_ok=True)
    done = _pytest("--golden-record=all", f"--golden-root={root}")
    assert done.returncode == 0, done.stdout
    return root


@pytest.fixture
def toy_golden(recorded_once, tmp_path):
    """A copy of the toy's golden set that a test may damage."""
    return Path(shutil.copytree(recorded_once, tmp_path / "golden"))


@pytest.fixture
def gate(toy_golden):
    """Run the gate on the toy engine; returns the finished process."""

    def run(*arguments, suites=("suites/logprobs", "suites/sampling"), **environment):
        return _pytest("-m", "cpu", f"--golden-root={toy_golden}", *suites, *arguments, **environment)

    return run


@pytest.fixture
def record(toy_golden):
    """Run pytest in recording mode on the toy's golden set."""
    return lambda *arguments, **environment: _pytest(f"--golden-root={toy_golden}", *arguments, **environment)
