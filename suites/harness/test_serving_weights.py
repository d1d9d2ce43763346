"""serving.weights: on the toy's server pauses over HTTP fare as in process, and what goes wrong is named."""

import asyncio
import contextlib
from collections import Counter

import pytest

from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.serving.updated import Flight, Update

SUITE = "suites/serving/test_weights.py"
KEPT = "keep and False"
NAMED = [
    ("update_is_ignored", KEPT, "went on, with the old weights"),
    ("never_pauses", "abort and True", "finished before the swap, with the old weights"),
    ("answers_twice", KEPT, "a stream with 2 ends"),
    ("loses_a_request_in_a_pause", KEPT, "a stream with 0 ends"),
    ("kv_dropped", KEPT, "went on, with the new weights on a recomputed KV cache"),
    ("errors_without_a_word", "unknown-method", "HTTP 500 without a word, then as ever"),
]


def test_clean_server_conforms(serving):
    """On a clean server every pause and every call MUST be right."""
    done = serving()
    assert done.code == 0, done.output


@pytest.mark.parametrize(("fault", "question", "shown"), NAMED)
def test_fault_is_named(serving, fault, question, shown):
    """A request that fares otherwise, is lost or answered twice, and an error without a word MUST be named."""
    done = serving("-k", question, fault=fault)
    assert done.code == 1
    assert shown in done.output


class Slow:
    """A client at a server whose second stream begins late: events of one token each, until it is resumed."""

    def __init__(self):
        self.resumed = asyncio.Event()
        self.paused_after = None
        self.begun = Counter()

    @contextlib.asynccontextmanager
    async def session(self):
        yield None

    async def post(self, path, _query=None):
        if path == "/pause":
            self.paused_after = dict(self.begun)
        else:
            self.resumed.set()

    def worker(self, *_arguments):
        pass

    call = worker

    async def events(self, _session, _form, key, _body):
        await asyncio.sleep(0.1 if key == "second" else 0)
        for place in range(4):
            self.begun[key] += 1
            yield {"choices": [{"index": 0, "token_ids": [place], "finish_reason": None}]}
            if place == 2:
                await self.resumed.wait()


def test_every_stream_has_begun_when_the_pause_comes():
    """A request that was asked before the pause MUST have a token then, or it would be taken for a later one."""
    client = Slow()
    requests = [Request(key, (1,), Sampling(max_tokens=4), (1, 2, 3, 4)) for key in ("first", "second", "late")]
    _, places = Flight(client, requests).through(Update(2, "b", {"mode": "keep"}), "a")
    assert client.paused_after["second"] >= 1
    assert places == {"first": 3, "second": 3, "late": 3}
