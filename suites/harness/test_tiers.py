"""Tiers: every test is in one, and a run goes through them in their order."""

import tomllib
from pathlib import Path

import pytest

from fixtures.tiers import TIERS, tier, turn

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "suites").glob("*/test_*.py") if p.parent.name != "harness")


@pytest.mark.parametrize("file", FILES)
def test_every_suite_has_its_tier(file):
    """A file of tests MUST be in a tier, or nobody would know when it runs."""
    assert tier(f"{file}::test_of_it") in TIERS


def test_what_is_asked_for_by_name_is_not_collected_otherwise():
    """pytest without a path MUST collect the folders of the other tiers and the harness, and no more."""
    folders = {Path(f).parent.as_posix() for f in FILES if tier(f) != "by name"} | {"suites/harness"}
    collected = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["testpaths"]
    assert sorted(collected) == sorted(folders)


def test_entries_name_what_is_there():
    """An entry MUST NOT outlive its tests."""
    for entry in (e for entries in TIERS.values() for e in entries):
        assert any(f.startswith(f"suites/{entry.partition('::')[0]}") for f in FILES), entry
        assert turn(f"suites/{entry}")[1] == TIERS[tier(f"suites/{entry}")].index(entry)


def test_first_tier_is_chosen_and_comes_first(gate):
    """--tier=first MUST run the tests of the first tier alone; a whole run MUST begin with them."""
    alone, whole = gate("--tier=first", "--collect-only", "-q"), gate("--collect-only", "-q")
    first, every = (([line for line in done.output.splitlines() if "::" in line]) for done in (alone, whole))
    assert first
    assert every[: len(first)] == first
    assert len(every) > len(first)
    assert {tier(test) for test in every} == {"first", "rest"}
