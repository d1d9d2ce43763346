"""serving.load: on the toy's server each of 64 streams gets its own answers, and what goes astray is named."""

import itertools
from types import SimpleNamespace

import pytest

from fixtures.serving import load

SUITE = "suites/serving/test_load.py"
NAMED = [
    ("a_token_goes_astray", ["is of another request", "is missing"]),
    ("a_stream_is_cut_short", ["a stream with 0 ends"]),
    ("an_answer_is_lost", ["no answer came (RemoteProtocolError)"]),
    ("an_answer_goes_to_another", ["the reply of another request"]),
    ("logprobs_of_another_reply", ["position 0 is of another request"]),
    ("breaks_off", ["the server broke off at /version"]),
]


def test_clean_server_conforms(serving):
    """On a clean server every answer MUST be right, and 64 requests have been in flight."""
    done = serving()
    assert done.code == 0, done.output


@pytest.mark.parametrize(("fault", "shown"), NAMED)
def test_fault_is_named(serving, fault, shown):
    """What comes in another's stream, is cut short or lost, and a server that dies MUST be named."""
    done = serving(fault=fault)
    assert done.code == 1
    assert not [name for name in shown if name not in done.output], done.output


def test_fewer_streams_are_said(serving, monkeypatch):
    """A load that is less than it is called MUST NOT pass."""
    whole = load.mixed
    monkeypatch.setattr(load, "mixed", lambda recordings: whole(recordings)[:5])
    done = serving()
    assert done.code == 1
    assert "expected 64 requests in flight; toy 1.0 showed 5 requests in flight" in done.output


def test_busy_machine_is_no_fault(serving, monkeypatch):
    """On a machine so busy that the time is over at the first answer all 64 streams MUST still be in flight at once."""
    clock = itertools.chain([0.0], itertools.repeat(load.PATIENCE))
    monkeypatch.setattr(load, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    done = serving()
    assert done.code == 0, done.output
