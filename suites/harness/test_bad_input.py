"""Bad input ends as a failed run with a sentence that names the file and the fix, and nothing is overwritten."""

import json

import pytest

CASE_LINE = {"case": "new", "clause": "sampling.top_k", "prompt": "weather", "sampling": {"top_k": 3}, "because": "x"}


def _contents(root):
    return {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}


def _refused(done, *said):
    assert done.code not in (0, 5), done.output
    for words in said:
        assert str(words) in done.output
    own = [line for line in done.output.splitlines() if "    | " not in line]  # an engine's log may hold one
    assert not any("Traceback" in line for line in own)


def _one(root, pattern):
    return min(root.glob(pattern))


@pytest.mark.parametrize("pattern", ["recordings/toy/*.jsonl", "logits/toy/*.safetensors"])
def test_flipped_byte(toy_golden, gate, pattern):
    """A golden file that is not the one in the manifest MUST end the run."""
    path = _one(toy_golden, pattern)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = _contents(toy_golden)
    _refused(gate(), path.name, "restore it from version control")
    assert _contents(toy_golden) == before


def test_flipped_byte_in_the_manifest(toy_golden, gate):
    """A manifest that cannot be read MUST be named."""
    path = toy_golden / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"sessions"', b'"sess1ons"'))
    _refused(gate(), "manifest.json", "restore it")


def test_deleted_recording(toy_golden, gate):
    """A recording the manifest lists and nobody finds MUST end the run."""
    path = _one(toy_golden, "recordings/toy/*.jsonl")
    path.unlink()
    _refused(gate(), path.name, "not on disk")


def test_orphan(toy_golden, gate):
    """A file the manifest does not list MUST end the run."""
    (toy_golden / "recordings/toy/0badcafe.jsonl").write_text("{}\n")
    _refused(gate(), "0badcafe.jsonl", "not listed")


def test_removed_case(toy_golden, gate):
    """A recording that no case asks for any more MUST end the run."""
    path = toy_golden / "cases/toy.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    _refused(gate(), "no case asks for it")


def test_case_without_recording(toy_golden, gate):
    """A case nobody recorded MUST NOT be skipped."""
    with (toy_golden / "cases/toy.jsonl").open("a") as file:
        file.write(json.dumps(CASE_LINE) + "\n")
    _refused(gate(), "sampling.top_k/new-", "--golden-record=missing")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "not JSON"),
        ("[]", "a JSON object is wanted"),
        (json.dumps(CASE_LINE | {"sampling": {"top_q": 1}}), "unknown sampling parameter 'top_q'"),
        (json.dumps(CASE_LINE | {"sampling": {"top_p": 0}}), "top_p=0 is not a number in (0, 1]"),
        (json.dumps(CASE_LINE | {"prompt": "absent"}), "no prompt named 'absent'"),
        (json.dumps({k: v for k, v in CASE_LINE.items() if k != "because"}), "lacks because"),
        (json.dumps(CASE_LINE | {"sampling": {"top_k": 5, "max_tokens": 12}}), "asks what"),
    ],
    ids=["not-json", "not-an-object", "unknown-parameter", "out-of-domain", "unknown-prompt", "lacks-a-key", "twice"],
)
def test_unreadable_case_line(toy_golden, gate, line, said):
    """A case line that cannot be used MUST be named by file and line."""
    path = toy_golden / "cases/toy.jsonl"
    count = len(path.read_text().splitlines())
    with path.open("a") as file:
        file.write(line + "\n")
    _refused(gate("--collect-only"), f"toy.jsonl line {count + 1}", said)


def test_wrong_model(toy_golden, gate):
    """Golden of other weights MUST NOT be measured against."""
    path = toy_golden / "manifest.json"
    path.write_text(path.read_text().replace('"fingerprint": "toy"', '"fingerprint": "other"'))
    _refused(gate(), "its tensors", "are not those golden was recorded with")


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("--profile=cpu-fp31", "choose one of cpu-fp32"),
        ("--engine=v2", "choose one of toy"),
        ("--engine-setting=version=0.7", "--engine=toy needs toy==1.*; this interpreter has 0.7"),
        ("--engine-setting=logprobs_mode", "write KEY=VALUE"),
        ("--engine-setting=logprobs_mode=cooked", "logprobs_mode='cooked'"),
        ("--engine-python=/nowhere/python", "/nowhere/python cannot be run"),
        ("--model=/nowhere/model --engine=transformers", "neither a known model"),
        ("--golden-root=/nowhere", "no such file"),
        ("--waivers=/nowhere", "no such file; name one, or none"),
        ("--engine=v0 --golden-record=missing --engine-python=/bin/true", "/bin/true is no Python interpreter"),
        ("--evidence=golden", "--evidence=golden is a folder; name a file in it"),
        (
            "--engine-setting=logprob_mode=raw_logprobs",
            "the toy takes no logprob_mode; did you mean logprobs_mode? known: ",
        ),
        ("--runner=v2", "is vLLM's model runner; the toy has none"),
        ("--plant=window_ignord", "unknown; did you mean window_ignored? choose one of "),
        ("--plant=chat_reports_the_likeliest", "goes into vLLM alone; of these the toy takes "),
    ],
    ids=lambda value: value.replace("/", "_") if value.startswith("--") else "",
)
def test_bad_flags(gate, argument, said):
    """A flag that cannot be followed MUST be answered with the known values or the fix."""
    _refused(gate(*argument.split(), suites=("suites/logprobs/test_processed.py",)), said)


def test_gpu_without_a_device(gate):
    """Choosing gpu where there is no CUDA device MUST be an error, never a green run of skips."""
    from fixtures.asking.profiles import cuda_devices

    if cuda_devices():
        pytest.skip("this machine has a CUDA device")
    _refused(gate("-m", "gpu"), "this machine has no CUDA device")


def test_recording_is_refused(toy_golden, record):
    """Recording MUST be refused in CI, with several workers, over recordings, and from an engine that cannot record."""
    before = _contents(toy_golden)
    _refused(record("--golden-record=missing", ci=True), "refused where CI is set")
    _refused(record("--golden-record=missing", "-n2"), "refused with several workers")
    _refused(record("--golden-record=all"), "already has recordings")
    _refused(record("--golden-record=missing", "--engine=v1-async"), "--engine=v1-async cannot record")
    _refused(record("--golden-record=some"), "choose one of missing, all, rollouts, defaults")
    assert _contents(toy_golden) == before


def test_recording_adds_and_touches_nothing_else(toy_golden, record, gate):
    """Recording a new case MUST leave every other recording as it was."""
    with (toy_golden / "cases/toy.jsonl").open("a") as file:
        file.write(json.dumps(CASE_LINE) + "\n")
    before = _contents(toy_golden / "recordings")
    done = record("--golden-record=missing")
    assert "recorded 1 cases" in done.output
    after = _contents(toy_golden / "recordings")
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    assert gate(suites=("suites/sampling/test_parameters.py",)).code == 0
