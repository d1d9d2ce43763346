"""A server has a key on every path, and neither its port nor a process of its group outlives the run."""

import os
import socket
import sys

import httpx
import pytest

from fixtures.engines.process import EngineFailed
from fixtures.serving import server as servers
from fixtures.serving.guard import KEY, Guarded
from fixtures.serving.served import LAUNCH, TOY

ANYBODYS = """
import sys, http.server
class Route(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])), Route).serve_forever()
"""


def _server(*faults, limit=20.0, grace=10.0, module=TOY):
    told = ["--faults", str(list(faults)).replace("'", '"')]
    command = [sys.executable, str(LAUNCH), str(os.getpid()), "", module, *told]
    return servers.Server(command, limit=limit, progress=lambda *_: None, grace=grace)


def _listens(port):
    with socket.socket() as asked:
        return asked.connect_ex((servers.HOST, port)) == 0


@pytest.mark.parametrize("fault", ["", "hangs_at_shutdown"])
def test_closed_server_leaves_nothing(group, fault):
    """After close, also of a server that ignores it, the port MUST be closed and the process group gone."""
    server = _server(*filter(None, [fault]), grace=0.3)
    assert _listens(server.port)
    assert os.getpgid(server.process.pid) == server.process.pid != os.getpgid(0)
    server.close()
    assert not _listens(server.port)
    assert not group(server.process.pid)
    server.close()


def test_server_listens_on_the_loopback_and_hides_its_key():
    """It MUST listen on 127.0.0.1 alone, refuse who has no key, and not show the key in its command line."""
    server = _server()
    try:
        assert {c.laddr.ip for c in server.process.net_connections() if c.status == "LISTEN"} == {"127.0.0.1"}
        assert httpx.get(f"{server.url}/version", trust_env=False).status_code == 401
        assert server.key not in " ".join(server.process.cmdline())
    finally:
        server.close()


@pytest.mark.parametrize(
    ("given", "status"), [(b"Bearer right", 200), (b"Bearer wrong", 401), (b"", 401), (None, 401)], ids=str
)
def test_every_path_asks_for_the_key(monkeypatch, given, status):
    """vLLM's own check leaves /collective_rpc open; with this one it MUST NOT be."""
    monkeypatch.setenv(KEY, "right")
    sent = []

    async def application(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200})

    async def send(message):
        sent.append(message)

    headers = [] if given is None else [(b"authorization", given)]
    asked = Guarded(application)({"type": "http", "path": "/collective_rpc", "headers": headers}, None, send)
    with pytest.raises(StopIteration):
        asked.send(None)
    assert sent[0]["status"] == status


def test_taken_port_is_said(monkeypatch):
    """A port that another program took meanwhile MUST be named."""
    with socket.socket() as other:
        other.bind((servers.HOST, 0))
        monkeypatch.setattr(servers, "_free_port", lambda: other.getsockname()[1])
        with pytest.raises(EngineFailed, match=rf"port {other.getsockname()[1]} taken by another program"):
            _server()


def test_another_programs_answers_are_not_believed():
    """What answers without a key MUST NOT be taken for the server."""
    with pytest.raises(EngineFailed, match="without its key: it may be another program's"):
        servers.Server([sys.executable, "-c", ANYBODYS], limit=20, progress=lambda *_: None)


def test_server_that_dies_shows_its_log():
    """A server that cannot start MUST say so in a line, with its log's tail below."""
    with pytest.raises(EngineFailed, match="died while starting") as failed:
        _server(module="no.such.module")
    assert "No module named" in str(failed.value)
