"""What README says is what the suite does."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


def test_every_flag_is_in_the_table(run_pytest):
    """README's table of flags MUST be the flags that --help lists, no more and no less."""
    listed = run_pytest("--help").output.partition("logprob conformance:")[2].partition("\n\n")[0]
    known = set(re.findall(r"^  (--[a-z-]+)", listed, re.MULTILINE))
    assert known == set(re.findall(r"^\| `(--[a-z-]+)` \|", README, re.MULTILINE))


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_every_command_is_run_by_ci(command):
    """A command in README MUST stand in .ci/run to the letter."""
    assert command in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./]+)\)", README))))
def test_links_lead_somewhere(path):
    """A file README links to MUST exist."""
    assert (ROOT / path).is_file()
