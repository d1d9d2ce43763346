"""parallel.* finds a rank that keeps its weights in the real engine, and says which one it is."""

import json
import subprocess
import sys

import pytest

from fixtures.engines.vllm.planted_ranks import FAULTY
from fixtures.parallel.questions import KINDS, kept


@pytest.mark.parametrize("kind", KINDS)
def test_rank_that_keeps_its_weights_is_named(kind, tmp_path, pytestconfig):
    """A rank that keeps its weights in a swap and in an update MUST fail both, and no other rank be accused."""
    file = tmp_path / "evidence.json"
    python = f"--engine-python={pytestconfig.getoption('engine_python')}"
    options = ["-q", "-m", "cpu", python, "--plant=rank_keeps_its_weights", f"--evidence={file}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "suites/parallel", "-k", f"{kind} and not plain"],
        cwd=pytestconfig.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    wrong = [c for c in json.loads(file.read_text())["cases"] if c["verdict"] == "disagrees"]
    assert {c["cause"] for c in wrong} == {kept(FAULTY)}
    assert {step for step in ("swap", "update") for c in wrong if f"/{step}-" in c["case"]} == {"swap", "update"}
