"""Two runs side by side: what changed is named, and nothing else is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = {
    "case": "c",
    "clause": "sampling.top_k",
    "profile": "cpu-fp32",
    "verdict": "agrees",
    "waiver": None,
    "cause": None,
    "worst_difference": 1e-5,
    "allowed": 1e-4,
    "from_alone": None,
    "positions": 32,
    "statistic": None,
    "setting": None,
}


@pytest.fixture
def compared(tmp_path):
    """Compare a run of one row with another run."""

    def run(*after):
        for name, rows in {"before": [ROW, ROW], "after": after}.items():
            (tmp_path / name).write_text(json.dumps({"verdict": "pass", "cases": rows}))
        command = [sys.executable, "-m", "fixtures.reports.compare", tmp_path / "before", tmp_path / "after"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    return run


def test_same_runs_are_the_same(compared):
    """Differences below 1e-6 nats MUST NOT be named."""
    done = compared(ROW, ROW | {"worst_difference": 1.09e-5})
    assert done.returncode == 0, done.stdout
    assert "2 cases before, 2 after, 0 differences" in done.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "waived", "waiver": "w"}, "verdict 'agrees' before, 'waived' after"),
        ({"worst_difference": 2e-5}, "worst_difference 1e-05 before, 2e-05 after"),
        ({"allowed": None}, "allowed 0.0001 before, None after"),
        ({"statistic": {"estimate": 1.0}}, "statistic estimate None before, 1.0 after"),
        ({"case": "d"}, "only after"),
    ],
)
def test_what_changed_is_named(compared, change, said):
    """Another verdict, waiver, number or case MUST be named and give exit code 1."""
    done = compared(ROW, ROW | change)
    assert done.returncode == 1
    assert said in done.stdout


def test_a_run_without_a_verdict_is_not_compared(tmp_path):
    """A file that says that its run did not end MUST be refused, with what it says."""
    (tmp_path / "broken").write_text(json.dumps({"verdict": "error", "error": "engine v1 died"}))
    command = [sys.executable, "-m", "fixtures.reports.compare", tmp_path / "broken", tmp_path / "broken"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "broken has no verdict: engine v1 died; there is nothing to compare" in done.stderr
