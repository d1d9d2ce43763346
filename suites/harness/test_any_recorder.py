"""Any recorder: a set says by whom it was recorded and in whose order of rules, and is measured so."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from fixtures.asking.cases import read_cases
from fixtures.asking.parameters import Sampling
from fixtures.asking.requests import Request
from fixtures.engines.transformers import sampling, swaps
from fixtures.golden.files import read_recording, recording_path
from fixtures.golden.manifest import read_manifest
from fixtures.sampler.order import ORDERS
from fixtures.sampler.transforms import Context

ORDER = ("--engine-setting", "order=v1")
MIN_P = {
    "case": "min-p-before-top-p",
    "clause": "sampling.combination",
    "prompt": "weather",
    "sampling": {"min_p": 0.15, "top_p": 0.7, "max_tokens": 12},
    "because": "V0's order and V1's part",
}
TESTS = "suites/sampling/test_parameters.py"


@pytest.fixture
def by_v1(run_pytest, tmp_path, tmp_path_factory):
    """The toy's set, recorded once by a toy that goes by V1's order: a copy for each test."""
    once = tmp_path_factory.getbasetemp() / "by-v1"
    if not once.exists():
        assert run_pytest(f"--golden-root={once}", *ORDER, "--golden-record=missing").code == 0
    return Path(shutil.copytree(once, tmp_path / "by-v1"))


def _gate(run_pytest, root, *arguments):
    return run_pytest("-m", "cpu", f"--golden-root={root}", TESTS, *arguments)


def test_a_set_goes_by_its_recorders_rules(run_pytest, by_v1):
    """Measured against a recorder with V1's order, it MUST agree, V0's MUST NOT, and no waiver may excuse it."""
    done = _gate(run_pytest, by_v1, *ORDER)
    assert done.code == 0, done.output
    assert "toy 1.0 against golden of toy 1.0, cpu-fp32" in done.output
    assert "what was asked of toy 1.0 conforms to golden of toy 1.0" in done.output
    done = _gate(run_pytest, by_v1, "--engine-setting", "order=v0")
    assert done.code == 1
    assert "sampling.combination" in done.output
    assert "does not conform to golden of toy 1.0" in done.output


def test_the_manifest_and_each_recording_name_the_rules(by_v1, toy_golden):
    """The rules of another order MUST stand in the manifest and in each recording; of V0's nothing is said."""
    (session,) = read_manifest(by_v1)["sessions"].values()
    assert session["rules"] == "v1"
    (before,) = read_manifest(toy_golden)["sessions"].values()
    assert "rules" not in before
    name = next(n for n in read_manifest(by_v1)["files"] if n.startswith("recordings/"))
    assert json.loads((by_v1 / name).read_text().splitlines()[0])["rules"] == "v1"
    case = next(c for c in read_cases(by_v1).values() if c.id in name)
    assert read_recording(by_v1, "toy", case).order == ORDERS["v1"]
    assert name == recording_path("toy", name.rpartition("/")[2].removesuffix(".jsonl"))


def test_a_set_is_never_mixed(run_pytest, by_v1, toy_golden):
    """A recorder of another order or version MUST NOT add to a set, nor a set of two recorders be measured against."""
    with (toy_golden / "cases/toy.jsonl").open("a") as file:
        file.write(json.dumps(MIN_P) + "\n")
    for other in (ORDER, ("--engine-setting", 'version="1.1"')):
        done = run_pytest(f"--golden-root={toy_golden}", *other, "--golden-record=missing")
        assert done.code == 4
        assert "may not add to it: give another folder" in done.output
    manifest = read_manifest(by_v1)
    (session,) = manifest["sessions"].values()
    manifest["sessions"]["2026-01-01T00:00:00Z"] = session | {"version": "1.1"}
    (by_v1 / "manifest.json").write_text(json.dumps(manifest))
    done = _gate(run_pytest, by_v1, *ORDER)
    assert done.code == 4
    assert "recorded by toy 1.0 and by toy 1.1; a set has one recorder" in done.output


def test_a_recorder_that_breaks_its_rules_is_refused(run_pytest, tmp_path):
    """A recorder that does not follow the order of rules it is known for MUST NOT be frozen."""
    faults = ("--engine-setting", 'faults=["skips_temperature"]')
    done = run_pytest(f"--golden-root={tmp_path / 'new'}", *ORDER, *faults, "--golden-record=missing")
    assert done.code == 4
    assert "does not follow these rules" in done.output


def test_raw_logprobs_are_named_beside_any_recorder(run_pytest, by_v1):
    """Raw logprobs MUST be named, and with the remedy, beside a recorder of V1's order too."""
    raw = ("--engine-setting", "logprobs_mode=raw_logprobs")
    done = _gate(run_pytest, by_v1, *ORDER, *raw)
    assert done.code == 1
    assert "raw logprobs instead of processed ones" in done.output
    assert "golden       toy 1.0, recorded" in done.output


def test_evidence_says_against_whom(run_pytest, by_v1, tmp_path):
    """The evidence MUST name the recorder, its order of rules and what did not apply."""
    file = tmp_path / "evidence.json"
    assert _gate(run_pytest, by_v1, *ORDER, f"--evidence={file}").code == 0
    found = json.loads(file.read_text())
    assert (found["golden"]["engine"], found["golden"]["rules"]) == ("toy", "v1")
    assert found["not_applicable"] == {}


# transformers as a recorder: what it samples by, with a model of numbers in place of torch's


@pytest.fixture
def sampled(monkeypatch):
    """A request's answer by a model whose next token is known: weights a say 3, weights b say 5; 9 ends."""

    def forward(model, tokens, past):
        seen = [*(past or ()), *tokens]
        row = np.full(12, -5.0, dtype=np.float32)
        row[{"a": 3, "b": 5}[model]] = 5.0
        return np.stack([row] * len(tokens)), seen

    monkeypatch.setattr(swaps, "forward", forward)

    def answer(values, arriving=()):
        request = Request("key", (1, 2), Sampling(**values), swaps=arriving)
        return sampling.sampled(lambda folder: folder, "a", request, Context(request.sampling, (1, 2), (), (9,)))

    return answer


def test_new_weights_come_after_so_many_tokens(sampled):
    """Tokens before a swap MUST be drawn under the old weights, those after it under the new; rows are raw logits."""
    tokens, rows = sampled({"temperature": 0.0, "max_tokens": 5}, ((2, "b"),))
    assert tokens == (3, 3, 5, 5, 5)
    assert rows.argmax(axis=1).tolist() == [3, 3, 5, 5, 5]
    assert rows.max() == np.float32(5.0)


def test_draws_follow_the_rules_and_are_the_same_again(sampled):
    """A draw MUST be by the processed logits, seeded by the request alone, and end at a stop token."""
    assert sampled({"allowed_token_ids": (7,), "max_tokens": 4})[0] == (7, 7, 7, 7)
    assert sampled({"logit_bias": ((9, 50.0),), "min_tokens": 2, "max_tokens": 8})[0][2:] == (9,)
    free = sampled({"temperature": 5.0, "max_tokens": 30})[0]
    assert free == sampled({"temperature": 5.0, "max_tokens": 30})[0]
    assert len(set(free)) > 1
