"""The lag of an update: tokens of the old weights, seconds until the new ones, seconds of standstill."""

import sys

import pytest

from fixtures.asking.profiles import PROFILES
from fixtures.measuring.options import Options
from fixtures.measuring.run import Run
from fixtures.serving import lag, served
from fixtures.serving.bare import silent
from fixtures.serving.lag import Lag


@pytest.fixture
def run(toy_golden):
    """A run on the toy's server."""
    made = Run(Options(engine="toy", python=sys.executable, golden=toy_golden, model="toy"), silent, {})
    yield made
    made.end()


@pytest.mark.parametrize(
    ("arrivals", "found"),
    [
        ([1.0, 2.0, 3.0, 3.5, 7.0, 8.0], Lag(old=2, until=4.5, still=3.5)),
        ([1.0, 2.0, 7.0, 8.0], Lag(old=0, until=4.5, still=5.0)),
    ],
)
def test_lag_is_read_off_the_arrivals(arrivals, found):
    """Tokens MUST count as old from the call until the load is done, here from 2.5 to 6; standstill is around that."""
    assert lag.read(arrivals, asked=2.5, loaded=6.0) == found


def test_waiting_draws_more_of_the_old_weights(run):
    """On a server wait MUST draw all that is in flight under the old weights, and keep must not."""
    client = served.served(run, PROFILES["cpu-fp32"]).client
    kept, waited = (
        lag.measured(run, client, lag.WAYS[f"{mode}-clear_cache=False"], 4, 24) for mode in ("keep", "wait")
    )
    assert waited.old > kept.old + 8
    assert min(kept.until, waited.until, kept.still, waited.still) > 0


def test_rows_have_ratios_to_v0s_way():
    """Each figure MUST be a median, beside its ratio to keep without clearing."""
    found = {lag.V0S: [Lag(1, 1.0, 2.0), Lag(2, 1.0, 2.0), Lag(9, 1.0, 2.0)], "no pause": [Lag(6, 0.5, 2.0)]}
    assert lag.rows("1.0", found) == [
        "| 1.0 | keep-clear_cache=False | 2 (1.00) | 1 (1.00) | 2 (1.00) |",
        "| 1.0 | no pause | 6 (3.00) | 0.5 (0.50) | 2 (1.00) |",
    ]
