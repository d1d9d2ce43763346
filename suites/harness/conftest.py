"""The harness's own fixtures: a toy golden set, and pytest run on it in this process, as that takes no start."""

import contextlib
import gc
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import _hypothesis_pytestplugin
import psutil
import pytest
import xdist.plugin
from _pytest.terminal import TerminalReporter

from fixtures.engines.interpreter import Interpreter
from fixtures.judging import evidence
from fixtures.measuring import engines
from fixtures.serving import server, updated

ROOT = Path(__file__).resolve().parents[2]
TOY = Path(__file__).with_name("toy")
PLUGINS = (xdist.plugin, _hypothesis_pytestplugin)


@dataclass
class Finished:
    """How a pytest run ended and all that it printed."""

    code: int
    output: str


@pytest.fixture(scope="session", autouse=True)
def _seldom_collected():
    """A seventh of all runs in this process went into looking for garbage among what stays: libraries and tests."""
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def one_interpreter():
    """The toy's interpreter, started once: every run of the harness forks its engines from it."""
    shared = Interpreter(sys.executable, "toy")
    close, shared.close = shared.close, lambda: None

    def interpreter(python, engine):
        return shared if (python, engine) == (sys.executable, "toy") else Interpreter(python, engine)

    yield interpreter
    close()


def _as_python_shows_it(reporter, excinfo):
    """As --tb=native has it, also of a run that ended early: that traceback is made, and not shown."""
    reporter._keyboardinterrupt_memo = excinfo.getrepr(style="native")  # noqa: SLF001


@pytest.fixture
def run_pytest(monkeypatch, capfd, one_interpreter):
    """pytest as a contributor types it, from the repository's root; CI is unset, as recording is refused there."""
    monkeypatch.setattr(engines, "Interpreter", one_interpreter)
    monkeypatch.setattr(TerminalReporter, "pytest_keyboard_interrupt", _as_python_shows_it)

    def run(*arguments, ci=False):
        monkeypatch.chdir(ROOT)
        monkeypatch.setenv("CI", "true") if ci else monkeypatch.delenv("CI", raising=False)
        capfd.readouterr()
        # Of pytest's own tracebacks each line is parsed anew; for unraisable errors it collects garbage for long;
        # for plugins it reads what each installed library says of itself, so those that a run needs are given.
        quick = ["-p", "no:cacheprovider", "-p", "no:unraisableexception", "--tb=native", "--disable-plugin-autoload"]
        code = pytest.main([*quick, "--engine=toy", *map(str, arguments)], plugins=PLUGINS)
        printed = capfd.readouterr()
        return Finished(int(code), printed.out + printed.err)

    return run


@pytest.fixture
def recorded(run_pytest, tmp_path_factory):
    """The toy's golden set, recorded once by the toy in V0's order for all tests: nobody writes there."""
    folder = tmp_path_factory.getbasetemp() / "recorded"
    if not folder.exists():
        shutil.copytree(TOY, folder)
        assert run_pytest("--golden-record=all", f"--golden-root={folder}").code == 0
    return folder


@pytest.fixture
def toy_golden(recorded, tmp_path):
    """A copy of it that a test may damage."""
    return Path(shutil.copytree(recorded, tmp_path / "golden"))


@pytest.fixture
def gate(run_pytest, recorded, request):
    """Run the gate on the toy engine; on the copy, where a test has one."""
    root = request.getfixturevalue("toy_golden") if "toy_golden" in request.fixturenames else recorded

    def run(*arguments, suites=("suites/logprobs", "suites/sampling/test_parameters.py"), **options):
        return run_pytest("-m", "cpu", f"--golden-root={root}", *suites, *arguments, **options)

    return run


@pytest.fixture
def record(run_pytest, toy_golden):
    """Run pytest in recording mode on the toy's golden set."""
    return lambda *arguments, **options: run_pytest(f"--golden-root={toy_golden}", *arguments, **options)


@pytest.fixture
def failed(gate, tmp_path_factory):
    """The evidence of a run with V1's default mode, made once for all tests."""
    file = tmp_path_factory.getbasetemp() / "failing.json"
    if not file.exists():
        suites = ("suites/logprobs/test_processed.py", "suites/sampling/test_parameters.py")
        assert gate("--engine-setting=logprobs_mode=raw_logprobs", f"--evidence={file}", suites=suites).code == 1
    return evidence.read(file)


@pytest.fixture
def declare(toy_golden):
    """Add an entry to the toy's waivers: ``declare("unreachable", "no-pauses", states=["weights.pause"])``."""

    def add(kind, behaviour, **keys):
        of_toys = {"profiles": ["cpu-fp32"], "engine": "toy", "versions": "==1.*", "reason": "a test", "link": "here"}
        lines = [f"{k} = {json.dumps(v)}" for k, v in ({"behaviour": behaviour} | of_toys | keys).items()]
        path = toy_golden / "waivers.toml"
        path.write_text("\n".join([path.read_text(), f"[[{kind}]]", *lines, "until = 2099-12-31", ""]))

    return add


@pytest.fixture
def serving(gate, request, monkeypatch):
    """Run the module's SUITE on the toy's server, with a fault in it; a toy is looked at more often."""
    monkeypatch.setattr(server, "LOOK", 0.02)
    monkeypatch.setattr(updated, "REST", 0.1)

    def run(*arguments, fault=""):
        told = [f'--engine-setting=faults=["{fault}"]'] if fault else []
        return gate(*told, *arguments, suites=(request.module.SUITE,))

    return run


@pytest.fixture
def group():
    """The processes of a process group, but for those that have ended and were not waited for."""

    def members(leader):
        for process in psutil.process_iter():
            with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                    yield process

    return lambda leader: list(members(leader))
