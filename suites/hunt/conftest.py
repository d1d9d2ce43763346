"""A part of the gate with a fault in its engine, as a user starts it."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def rows(tmp_path, pytestconfig):
    """Run a part of the gate, which must end red; gives the cases of its evidence."""

    def run(*arguments):
        file = tmp_path / "evidence.json"
        python = f"--engine-python={pytestconfig.getoption('engine_python')}"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "cpu", python, f"--evidence={file}", *arguments]
        done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stdout
        return json.loads(file.read_text())["cases"]

    return run


@pytest.fixture
def disagreeing(rows):
    """Likewise the cases that disagree."""
    return lambda *arguments: [row for row in rows(*arguments) if row["verdict"] == "disagrees"]


@pytest.fixture
def causes(disagreeing):
    """Likewise the causes that they name."""
    return lambda *arguments: {row["cause"] or "" for row in disagreeing(*arguments)}
