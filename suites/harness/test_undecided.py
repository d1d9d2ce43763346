"""What is undecided has a limit, for the run and for each clause: it is printed, and beyond it a run fails."""

import pytest

from fixtures.judging import undecided
from fixtures.judging.evidence import Row
from fixtures.tolerances import UNDECIDED, UNDECIDED_FEW


def _rows(clause, **counts):
    many = [kind.replace("_", " ") for kind, count in counts.items() for _ in range(count)]
    return [Row(f"c{i}", clause, "cpu-fp32", kind, None, None, 0, None, None, None) for i, kind in enumerate(many)]


CLEAN = _rows("precision.noise", agrees=16, undecided=2) + _rows("sampling.top_k", agrees=570, undecided=1, not_run=23)


def test_clean_run_stays_within():
    """What clean 0.18.1 leaves undecided MUST be no fault, alone or in the run, and the limit MUST be printed."""
    assert not list(undecided.over(CLEAN))
    assert not list(undecided.over(CLEAN[:18]))
    said = "undecided: 3 of 589, at most 5% allowed (29), and 50% of a clause; most in precision.noise, 2 of 18"
    assert undecided.line(CLEAN) == said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            CLEAN + _rows("precision.noise", undecided=15),
            "17 of 33 findings of precision.noise are undecided, at most 16",
        ),
        (
            [row for i in range(30) for row in _rows(f"c{i}", agrees=9, undecided=1)],
            "30 of 300 findings of the run are undecided, at most 15",
        ),
        (_rows("a", undecided=2), "2 of 2 findings of a are undecided, at most 1"),
        (_rows("a", undecided=2, not_run=100), "2 of 2 findings of a are undecided, at most 1"),
    ],
)
def test_beyond_the_limit_is_a_sentence(rows, said):
    """A clause with over half, and a run with over 5% undecided MUST be named with both numbers."""
    assert [f"{said} may be"] == list(undecided.over(rows))


def test_one_alone_is_no_share():
    """A single undecided finding MUST NOT fail a clause that has no other."""
    assert not list(undecided.over(_rows("a", undecided=1)))


def test_limits_say_where_they_come_from():
    """Each limit MUST have a derivation."""
    assert UNDECIDED.keys() == UNDECIDED_FEW.keys()
    assert all(len(t.derivation) > 40 for t in UNDECIDED.values())
