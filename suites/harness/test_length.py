"""Long contexts: a part of their positions is kept, a fault between two kept ones is told by where it begins."""

import json
import math
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest

from fixtures.asking.cases import read_cases
from fixtures.asking.profiles import PROFILES
from fixtures.frozen.beside import allowance
from fixtures.golden import answers
from fixtures.golden.files import read_recording, recording_lines
from fixtures.golden.kept import APART, AROUND, EDGES, SPREAD, in_part, kept
from fixtures.golden.manifest import read_manifest
from fixtures.golden.recorder import Session, record
from fixtures.judging.comparison import Comparison, Fact, compare
from fixtures.judging.diagnosis.lengths import by_length

SUITE = ("suites/long/test_length.py",)


@pytest.mark.parametrize(("count", "before"), [(540, 500), (48, 1000), (3000, 0), (5, 0)])
def test_a_part_is_kept(count, before):
    """The first and last positions, each around an edge and some spread evenly MUST be kept, and few more."""
    places = kept(count, before)
    around = {e - before + n for e in EDGES for n in (-AROUND, -1, 0, AROUND - 1)}
    assert places >= {0, count - 1} | around & set(range(count))
    assert len(places) <= 2 * SPREAD + 2 * AROUND * (len(EDGES) + 1)
    between = sorted(places)
    assert all(b - a <= max(APART, count // SPREAD) for a, b in pairwise(between))
    assert places <= set(range(count))


@pytest.fixture
def long_recording(recorded):
    """The toy's recording of a long completion, as it is on disk."""
    case = next(c for c in read_cases(recorded).values() if c.long and not c.prompt_logprobs)
    return read_recording(recorded, "toy", case)


def test_all_tokens_are_kept_and_a_part_of_the_numbers(long_recording, recorded):
    """A long recording MUST hold every token, numbers of the kept positions alone, and be what was written."""
    o = long_recording.observation
    numbered = {i for i, p in enumerate(o.positions) if not math.isnan(p.logprob)}
    assert numbered == kept(len(o.token_ids), len(o.prompt_token_ids)) < set(range(len(o.token_ids)))
    written = next(p for p in recorded.rglob(f"{long_recording.case.id}.jsonl")).read_bytes()
    assert recording_lines(long_recording) == recording_lines(in_part(long_recording)) == written
    for answer in answers.MODES.values():
        assert all(bool(answer(long_recording, i).values) == (i in numbered) for i in range(len(o.token_ids)))


@pytest.fixture
def compared(long_recording):
    """Compare an answer that is golden's, but for a shift at one position; gaps are filled with any number."""
    filled = long_recording.observation.positions[0]

    def run(place, shift):
        said = [filled if math.isnan(p.logprob) else p for p in long_recording.observation.positions]
        said[place] = replace(said[place], logprob=said[place].logprob + shift, top=())
        measured = replace(long_recording.observation, positions=tuple(said))
        golden = [answers.reported(long_recording, i) for i in range(len(said))]
        profile = PROFILES["cpu-fp32"]
        return compare(
            long_recording.case,
            golden,
            measured,
            allowance=allowance(long_recording.case, profile),
            budget=1e-4,
            asked=0,
        )

    return run


def test_what_is_kept_is_compared_and_no_more(compared, long_recording):
    """A difference at a kept position MUST be seen; the others MUST NOT be counted as compared."""
    places = kept(len(long_recording.observation.token_ids), len(long_recording.observation.prompt_token_ids))
    gap = next(i for i in range(64) if i not in places)
    assert compared(0, 0.0).worst.within
    assert compared(gap, 1.0).worst.within
    assert compared(0, 0.0).positions == len(places)
    assert not compared(AROUND - 1, 0.01).worst.within


@pytest.mark.parametrize("clause", ["length.alone", "length.chunked"])
def test_position_where_it_parts_is_told(gate, tmp_path, clause):
    """Of positions that are clamped it MUST be told from which on, in a completion and in a prompt alike."""
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", "-k", clause, '--engine-setting=faults=["positions_clamped"]', suites=SUITE)
    assert done.code == 1
    rows = json.loads(file.read_text())["cases"]
    assert len(rows) == 2
    assert all("from position 1,024 on" in row["reason"] for row in rows), rows


@pytest.fixture
def parting(long_recording):
    """A comparison of the kept places that is off from one on, or at one alone."""
    ahead = len(long_recording.observation.prompt_token_ids)
    places = sorted(kept(len(long_recording.observation.token_ids), ahead))

    def run(wrong):
        facts = (Fact(i, 0, -1.0, -0.5 if wrong(i) else -1.0, 1e-4) for i in places)
        return [
            str(e) for e in by_length(long_recording, Comparison(long_recording.case, 64, tuple(facts), lambda _: 1e-4))
        ]

    return run


def test_what_lies_between_kept_positions_is_not_made_up(parting):
    """Where it parts in a gap the gap MUST be told, and one position that is off alone MUST NOT be called a limit."""
    assert parting(lambda i: i >= 48)[0].startswith("from a position of 1,032 to 1,047 on at 9 positions")
    assert parting(lambda i: i >= 20)[0].startswith("from position 1,019 on")
    assert parting(lambda i: i == 20) == []
    assert parting(lambda i: i >= 2) == []


def test_long_contexts_are_not_asked_of_another_model(recorded, tmp_path):
    """A user's model MUST NOT be asked long cases, for which it may have no room, and its manifest MUST say so."""
    long = [c for c in read_cases(recorded).values() if c.long]
    session = Session(SimpleNamespace(), SimpleNamespace(name="mine"), tmp_path, "v0", "now", (), own=True)
    assert record(session, long, lambda _: (), lambda *_: None) == 0
    assert read_manifest(tmp_path)["not_applicable"] == {
        c.title: "long contexts are asked of the shipped model alone" for c in long
    }


def test_the_gate_asks_no_long_case(gate):
    """A run without names MUST ask no long case: their engines are others, and their completions take long."""
    assert "length/" in gate("--collect-only", "-q", suites=SUITE).output
    assert "length/" not in gate("--collect-only", "-q", suites=()).output
