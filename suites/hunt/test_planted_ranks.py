"""parallel.* finds a rank that keeps its weights in the real engine, and says which one it is."""

import pytest

from fixtures.engines.vllm.planted_ranks import FAULTY
from fixtures.parallel.questions import KINDS, kept


@pytest.mark.parametrize("kind", KINDS)
def test_rank_that_keeps_its_weights_is_named(kind, disagreeing):
    """A rank that keeps its weights in a swap and in an update MUST fail both, and no other rank be accused."""
    wrong = disagreeing("--plant=rank_keeps_its_weights", "suites/parallel", "-k", f"{kind} and not plain")
    assert {c["cause"] for c in wrong} == {kept(FAULTY)}
    assert {step for step in ("swap", "update") for c in wrong if f"/{step}-" in c["case"]} == {"swap", "update"}
