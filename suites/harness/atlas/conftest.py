"""Evidence of runs that were never made: what an atlas is made of."""

import json

import pytest

from fixtures.atlas import entries
from fixtures.judging import evidence

ROW = {
    "case": "c",
    "clause": "sampling.top_k",
    "profile": "cpu-fp32",
    "verdict": "agrees",
    "worst_difference": 1e-5,
    "allowed": 1e-4,
    "positions": 32,
    **dict.fromkeys(("waiver", "cause", "remedy", "reason")),
}
WAIVERS = {"mask": {"reason": "A mask stays.", "link": "https://example.org/1", "until": "2027-12-31"}}


@pytest.fixture
def evidence_of():
    """Writes what a run left: each row by what is otherwise than an agreement of sampling.top_k."""

    def written(file, *rows, version="0.18.1", date="2026-11-01"):
        about = {
            "verdict": "fail" if any(row.get("verdict") == "disagrees" for row in rows) else "partial",
            "error": None,
            "date": f"{date}T00:00:00+00:00",
            "engine": {
                "name": "vllm",
                "version": version,
                "versions": {"torch": "2.10.0+cpu", "transformers": "5.0"},
                "settings": {"computed_by": {"runner": "a.Runner"}},
            },
            "golden": {"manifest": "a"},
            "version": "1",
            "waivers": {"sha256": "b", "used": WAIVERS},
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            json.dumps(evidence.of_rows([evidence.Row(**ROW | row) for row in rows], about)), encoding="utf-8"
        )
        return file

    return written


@pytest.fixture
def entry(tmp_path, evidence_of):
    """The entry of a release in which these findings were made."""

    def made(wheel, *rows, depth="first", date="2026-11-01", known=()):
        file = evidence_of(tmp_path / "e" / f"{wheel}.{depth}.json", *rows, version=wheel, date=date)
        return entries.of(file, wheel, depth, known)

    return made
