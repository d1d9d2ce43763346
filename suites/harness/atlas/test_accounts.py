"""atlas.toml: what fails in a release has a sentence of its own."""

import re
from pathlib import Path

import pytest

from fixtures.atlas import accounts, book, pages

ROOT = Path(__file__).parents[3]
RIGHT = {}  # what each row of conftest.py is, until it says otherwise
WRONG = {"clause": "caching.warm", "verdict": "disagrees", "cause": "a <wrong> block", "worst_difference": 0.3}
ACCOUNT = """[[account]]
name = "blocks-of-others"
versions = ">=0.12,<0.13"
clauses = ["caching.warm"]
cases = ["c*"]
reason = "A block is found by less than its tokens."
link = "vllm/a.py"
"""


def test_what_fails_has_an_account(entry, tmp_path):
    """Findings that an account speaks of MUST bear its name and sentence; of others it says nothing."""
    (tmp_path / "atlas.toml").write_text(ACCOUNT, encoding="utf-8")
    known = accounts.read(tmp_path / "atlas.toml")
    told = entry("0.12.0", RIGHT, WRONG, WRONG | {"case": "d"}, known=known)
    assert [(one.why, one.cases) for one in told.found] == [("a <wrong> block", 1), ("blocks-of-others", 1)]
    text = pages.filled("atlas.md", {"0.12.0": told})
    assert "A block is found by less than its tokens." in text
    assert not entry("0.13.0", WRONG, known=known).accounts


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('link = "vllm/a.py"', "", "account blocks-of-others needs cases, clauses, link"),
        ('">=0.12,<0.13"', '"0.12 on"', "versions='0.12 on' is no range"),
        ("[[account]]", "[[account", "atlas.toml: "),
    ],
)
def test_an_account_that_cannot_stand_is_refused(tmp_path, old, new, said):
    """It MUST be named with its file and what is wrong."""
    (tmp_path / "atlas.toml").write_text(ACCOUNT.replace(old, new), encoding="utf-8")
    with pytest.raises(accounts.Unaccountable, match=re.escape(said)):
        accounts.read(tmp_path / "atlas.toml")


def test_every_failing_cell_of_the_atlas_has_a_sentence():
    """What disagrees in a release MUST have an account, and what is waived its waiver's reason."""
    found = book.read(ROOT / "docs" / "atlas.json")
    bare = [
        (release, one.clause, one.why)
        for release, entry in found.items()
        for one in entry.found
        if one.verdict != "not run" and one.why not in {**entry.waivers, **entry.accounts}
    ]
    assert found
    assert not bare
