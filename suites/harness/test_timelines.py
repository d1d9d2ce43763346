"""Caches and swaps on the page: what a request took from the prefix cache, and where new weights came."""

import json
import re

import pytest

from fixtures.reports.page import content, writing

SUITES = ("suites/caching", *(f"suites/weights/test_{name}.py" for name in ("prefix_cache", "inflight", "pause")))
CHOSEN = "warm or cold or (test_prefix_cache and (kept or reset)) or inflight or (pause and keep and not async)"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where the evidence is kept for the tests of this file."""
    return tmp_path_factory.mktemp("timelines") / "evidence.json"


@pytest.fixture
def found(gate, kept):
    """The evidence of caches, swaps and pauses."""
    if not kept.exists():
        gate("-k", CHOSEN, f"--evidence={kept}", suites=SUITES)
    return json.loads(kept.read_text())


def _of(found, clause):
    return [row["timeline"] for row in found["cases"] if row["clause"] == clause]


def test_evidence_says_what_was_cached_and_where_weights_came(found):
    """Of a warm prompt some tokens MUST be cached, of a cold one none; swaps MUST stand where the cases have them."""
    assert all(0 < t["cached"] < t["prompt"] and not t["swaps"] for t in _of(found, "caching.warm"))
    assert not any(t["cached"] for t in _of(found, "caching.cold"))
    assert {tuple(t["swaps"]) for t in _of(found, "weights.inflight")} > {(0,), (5,)}
    assert {len(t["swaps"]) for t in _of(found, "weights.pause")} == {1}
    assert [t["swaps"] for t in _of(found, "caching.after_swap")] == [[0], [0]]


def test_each_request_is_drawn_along_its_tokens(found):
    """The page MUST draw a bar for what was cached and a line for each swap, to one scale; without any, no heading."""
    page = writing.filled("index.html", content.of(found))
    drawn = page.partition('id="timelines"')[2]
    lines = [t for row in found["cases"] if (t := row["timeline"])]
    assert len(re.findall(r'class="swap"', drawn)) == sum(len(t["swaps"]) for t in lines)
    assert all(f"{t['cached']} of {t['prompt']} prompt tokens cached" in drawn for t in lines)
    bare = found | {"cases": [row | {"timeline": None} for row in found["cases"]]}
    assert "Caches and swaps" not in writing.filled("index.html", content.of(bare))
