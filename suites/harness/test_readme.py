"""What README and the docs say is what the suite does."""

import re
from pathlib import Path

import pytest

from fixtures.atlas import book, cut
from fixtures.plugin.options import PLANTED

ROOT = Path(__file__).resolve().parents[2]
README, CI = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
COMMANDS = [line for block in re.findall(r"```sh ci\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKS = [(p, link) for p in PAGES for link in sorted(set(re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", p.read_text())))]
NAMED = re.compile(r"`((?:fixtures|suites|golden|releases|docs)/[\w./-]*\w)`")  # a file or folder of this project
NAMING = [*PAGES, ROOT / "golden" / "README.md"]
PATHS = [(p, path) for p in NAMING for path in sorted(set(NAMED.findall(p.read_text())))]
LONGEST = 150


def test_every_flag_is_in_the_table(run_pytest):
    """The table of flags in docs/command-line.md MUST be the flags that --help lists, no more and no less."""
    listed = run_pytest("--help").output.partition("logprob conformance:")[2].partition("\n\n")[0]
    known = set(re.findall(r"^  (--[a-z-]+)", listed, re.MULTILINE))
    page = (ROOT / "docs" / "command-line.md").read_text()
    assert known == set(re.findall(r"^\| `(--[a-z-]+)` \|", page, re.MULTILINE))


def test_every_named_fault_can_be_planted():
    """A fault that the table of flags names MUST be a value of --plant."""
    row = re.search(r"^\| `--plant` \|.*$", (ROOT / "docs" / "command-line.md").read_text(), re.MULTILINE)
    named = set(re.findall(r"`([a-z_0-9.]+)`", row[0]))
    assert "a_block_leaks" in named
    assert named <= {*PLANTED}


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_every_command_of_ci_is_run_by_ci(command):
    """A command that README marks as CI's MUST stand in .ci/run to the letter; of a path, with a real one."""
    assert command.replace("/path/to/python", '"$elsewhere"') in CI


def test_readme_is_short():
    """A stranger MUST come to a verdict within 150 lines."""
    assert len(README.splitlines()) <= LONGEST
    assert COMMANDS


def test_the_table_of_releases_is_the_atlas():
    """README's table MUST be what the atlas says, row by row (`fixtures.atlas write --readme` puts it there)."""
    atlas = ROOT / "docs" / "atlas.json"
    assert "\n".join((*cut.HEAD, *cut.rows(book.read(atlas), book.published(atlas)), "")) in README


def test_links_lead_somewhere():
    """A file that a page links to MUST exist."""
    assert LINKS
    assert not [f"{page.name}: {link}" for page, link in LINKS if not (page.parent / link).exists()]


def test_named_files_are_there():
    """A file or folder of this project that a page names MUST exist."""
    assert PATHS
    assert not [f"{page.name}: {path}" for page, path in PATHS if not (ROOT / path).exists()]
