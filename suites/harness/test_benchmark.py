"""What the suite's cost is measured with: junit files side by side, and the memory of a command."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.benchmark import seconds, watched

ROOT = Path(__file__).resolve().parents[2]
JUNIT = """<testsuites><testsuite>
<testcase classname="suites.weights.test_update" name="a" time="2.5"/>
<testcase classname="suites.weights.test_update" name="b" time="1.5"/>
<testcase classname="suites.defaults.test_resolved" name="c" time="{other}"/>
</testsuite></testsuites>"""


def test_seconds_stand_side_by_side(tmp_path):
    """Seconds MUST be summed suite by suite, and both runs' shown."""
    before, after = tmp_path / "before.xml", tmp_path / "after.xml"
    before.write_text(JUNIT.format(other=9))
    after.write_text(JUNIT.format(other=1))
    found = seconds.lines(seconds.by_suite(before), seconds.by_suite(after))
    assert found[2:] == ["| defaults.test_resolved | 9 | 1 |", "| weights.test_update | 4 | 4 |", "| all | 13 | 5 |"]


def test_memory_of_a_command_and_its_children_is_seen(monkeypatch, capsys):
    """Memory that a child of the command holds MUST count, and the command's exit code MUST be kept."""
    hold = "held = b'x' * 300_000_000; import time; time.sleep(0.5); raise SystemExit(5)"
    child = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {hold!r}]))"
    monkeypatch.setattr(watched, "EVERY", 0.1)
    monkeypatch.setattr(sys, "argv", ["watched", "--", sys.executable, "-c", child])
    assert watched.main() == 5
    assert 0.3 < float(re.search(r"(\S+) GB at peak", capsys.readouterr().out).group(1)) < 0.6


@pytest.mark.parametrize("tool", ["watched", "growth", "seconds"])
def test_tools_refuse_in_a_sentence(tool, tmp_path):
    """Without what they need the tools MUST say what that is, and show no traceback."""
    given = {"watched": ["--", "/nowhere"], "growth": ["--engine-python=/nowhere"], "seconds": [tmp_path, tmp_path]}
    command = [sys.executable, "-m", f"fixtures.benchmark.{tool}", *map(str, given[tool])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
