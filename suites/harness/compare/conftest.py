"""Two runs as files, and the command that compares them."""

import json
import sys

import pytest

from fixtures.judging.evidence import SCHEMA
from fixtures.reports import compare

LIVE = {"examples": 7.0, "configurations": 49.0, "undecided": 0.0, "seconds": 1.0}


@pytest.fixture
def main(monkeypatch, capfd):
    """The command, in this process: exit status, and all that it printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["compare", *map(str, arguments)])
        try:
            code = compare.main()
        except SystemExit as ended:
            code = ended.code
        printed = capfd.readouterr()
        return code, printed.out + printed.err

    return run


def _about(version="0.18.1", **other):
    return {
        "schema": SCHEMA,
        "verdict": "pass",
        "error": None,
        "left_out": [],
        "engine": {"name": "vllm", "version": version, "versions": {"torch": "2"}, "device": "cpu", "settings": {}},
        "golden": {"engine": "vllm", "version": "0.8.5", "recordings": 1, "manifest": "a" * 64},
        "model": {"name": "m", "fingerprint": "f" * 64},
        "profile": "cpu-fp32",
        "version": "1",
        "engine_settings": {},
        "waivers": None,
        "plant": None,
        "live": LIVE,
    } | other


@pytest.fixture
def compared(main, tmp_path):
    """Compare a run of these rows with another, whose file may say more."""

    def run(before, after, *flags, **other):
        files = [tmp_path / "before.json", tmp_path / "after.json"]
        abouts = (_about(), _about("0.32.0", **other))
        for file, rows, about in zip(files, (before, after), abouts, strict=True):
            file.write_text(json.dumps(about | {"cases": rows}))
        return main(*files, *flags)

    return run


@pytest.fixture
def about():
    """What a file says beside its rows."""
    return _about
