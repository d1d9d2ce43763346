"""The command line as people type it, and in environments as they are."""

import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.engines import catalogue
from fixtures.plugin.joined import FLAGS, joined

ROOT = Path(__file__).resolve().parents[2]
WAIVERS = ROOT / "golden" / "waivers.toml"


def test_flags_and_their_paths_are_joined():
    """A path typed with a space MUST become the flag's, and nothing else MUST change."""
    typed = ["-m", "cpu", "--engine-python", "/a b/python", "suites/logprobs", "--engine", "toy", "--model=x", "--plot"]
    wanted = ["-m", "cpu", "--engine-python=/a b/python", "suites/logprobs", "--engine", "toy", "--model=x", "--plot"]
    assert joined(typed) == wanted
    assert joined(wanted) == wanted


def _pytest(*arguments, **environment):
    """pytest as a process of its own; the plugin that tox installs is loaded by name, as this may be no tox run."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "fixtures.plugin.joined", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_path_after_a_space_is_the_flags(tmp_path):
    """Paths outside of the checkout MUST NOT be taken for tests, with no suite named."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "prompts.jsonl").write_text("")
    paths = {flag: tmp_path for flag in FLAGS if flag != "--plot"}
    paths |= {flag: tmp_path / f"new{flag}" for flag in ("--evidence", "--propose-waivers")} | {"--waivers": WAIVERS}
    typed = [str(word) for flag, path in paths.items() for word in (flag, path)]
    code, printed = _pytest("--collect-only", "-q", "-m", "cpu", "--ignore-glob=*/harness/*", *typed)
    assert code == 0, printed
    assert "suites/weights/test_update.py" in printed


def test_another_package_named_fixtures_is_no_matter(toy_golden, tmp_path):
    """An environment that has PyPI's package of that name MUST be measured all the same."""
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "__init__.py").write_text("raise ImportError('the other package')\n")
    command = [Path(sys.executable).with_name("pytest"), "-p", "no:cacheprovider", "-m", "cpu", "--engine=toy"]
    command += [f"--golden-root={toy_golden}", "suites/sampling/test_parameters.py"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("engine", catalogue.ADAPTERS)
def test_variables_of_an_engine_settle(engine, monkeypatch):
    """Once its variables stand an interpreter MUST need no more, or it would start itself again for ever."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(("/a", "/b")))
    for name, value in catalogue.environment(engine).items():
        monkeypatch.setenv(name, value)
    assert not catalogue.environment(engine)


def test_a_folder_with_a_space_is_no_matter_to_uv():
    """No UV_ variable of tox.ini MUST hold the repository's folder: uv takes what stands after a space for a file."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    said = [line for env in tox.values() for line in env.get("set_env", "").splitlines() if "UV_" in line]
    assert len(said) > 5
    assert not [line for line in said if "{tox_root}" in line]
