"""A run is told by as few causes as explain it: what one case cannot tell apart, the others can."""

import pytest

from fixtures.asking.observations import Description
from fixtures.judging.diagnosis.causes import A_LIMIT, A_NUMBER
from fixtures.judging.diagnosis.ranking import beside, named
from fixtures.judging.evidence import row
from fixtures.judging.findings import Finding
from fixtures.judging.verdicts import Kind, Verdict
from fixtures.reports import causes

TEMPERATURE, NEIGHBOUR = "another temperature", "temperature of a neighbour in the batch"
# The fault -> the only name that it may have. 1.3 is the temperature of a case that shares the batch.
WHOLE = {
    "temperature*1.3": TEMPERATURE,
    "presence_penalty*1.1": "another presence_penalty",
}


def _row(cause, *numbers, **loose):
    """With one that has a number for each of ``numbers``, and any other's freedom by name."""
    others = dict.fromkeys(numbers, A_NUMBER) | loose
    about = {"clause": "c", "case": "one", "profile": "cpu-fp32", "engine": Description("toy", "1.0")}
    return row(Verdict(Kind.DISAGREES, Finding(**about, cause=cause, beside=others)))


@pytest.mark.parametrize("fault", WHOLE)
def test_one_fault_is_one_cause(toy, fault):
    """A fault of the whole run MUST have one name, also where a case alone would have another one that explains."""
    rows = [_row(named(explained), **beside(explained)) for _, explained in toy.diagnosed(fault, best_only=False)]
    told = set(causes.settled([r for r in rows if r.cause]))
    assert told == {WHOLE[fault]}


def test_case_alone_would_be_named_otherwise(toy):
    """The test above MUST have something to show: beside a neighbour of that temperature a case alone says so."""
    alone = dict(toy.diagnosed("temperature*1.3", ("neutral",)))
    assert [e.cause.name for e in alone["neutral"]] == [NEIGHBOUR]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("a", "b"), ("b",)], ["b", "b"]),
        ([("a", "b"), ("a", "b")], ["a", "a"]),  # nothing more is explained
        ([("a", "b"), ("a",), ("b",)], ["a", "a", "b"]),  # b does not explain all of a
        ([("a", "b"), ("c", "b")], ["a", "c"]),  # no case has b alone
        ([("a or b",), ("b",)], ["b", "b"]),
        ([(None,), ("b",)], [causes.UNKNOWN, "b"]),
    ],
)
def test_wider_cause_is_told(rows, told):
    """A cause MUST give way to one that explains all that it explains and more, and to no other."""
    assert causes.settled([_row(*r) for r in rows]) == told


def test_none_gives_way_to_limits():
    """A cause that is loose MUST NOT take in those with a number, and MUST count where it explains as much."""
    assert causes.settled([_row("a", c=A_LIMIT), _row("c")]) == ["a", "c"]
    rows = [_row("a", "b"), _row("b", a=A_LIMIT)]
    assert causes.settled(rows) == ["a", "b"]


def test_rows_of_their_own_come_first():
    """What is shown of a cause MUST be a failure that has it for its own."""
    moved, own = _row("a", "b"), _row("b")
    assert causes.every([moved, own]) == [causes.Cause("b", [own, moved])]
