"""What a person reads of a failing run: one failure of a cause in full, the count, the switch, the verdict."""

SAMPLING = ("parameters", "live", "leftovers")
SUITES = ("suites/logprobs/test_processed.py", *(f"suites/sampling/test_{name}.py" for name in SAMPLING))
MODE = "--engine-setting=logprobs_mode=raw_logprobs"


def _printed(done):
    """Without the engines' progress, which goes to another stream."""
    lines = done.output.splitlines()
    return lines[: next(i for i, line in enumerate(lines) if line.startswith("verdict ")) + 1]


def test_a_cause_is_one_failure_a_count_and_a_switch(gate):
    """With raw logprobs the whole output MUST be at most 60 lines, and its end name cause, count and switch.

    A failure of another cause MUST NOT be hidden by a more frequent one, nor a test that is no finding.
    """
    printed = _printed(gate(MODE, suites=SUITES))
    assert len(printed) <= 60, "\n".join(printed)
    said = "\n".join(printed[-15:])
    assert "findings: raw logprobs instead of processed ones" in said
    assert "set logprobs_mode=processed_logprobs" in said
    assert "failed tests are no findings: suites/sampling/test_live.py" in said
    assert "this run was made under --engine-setting logprobs_mode=raw_logprobs: undo that and run again" in said
    assert "does not conform under --engine-setting logprobs_mode=raw_logprobs: " in printed[-1]
    failures = "\n".join(printed[:-15])
    assert "logprobs.processed/temperature" in failures
    assert "sampling.leftovers/mask of a moved request: expected" in failures


def test_what_was_not_run_is_said_of_a_failing_run_too(declare, gate):
    """What a waiver declares as not run MUST be counted where a run fails, and told with its reason where none does."""
    declare("unreachable", "no-async-in-the-toy", states=["scheduling.async"])
    settings = ['--engine-setting=resolves={"async_scheduling": false}', "-k", "async or temperature"]
    suites = ("suites/scheduling", "suites/logprobs/test_processed.py")
    assert "not run: scheduling.async: " in gate(*settings, suites=suites).output
    failing = gate(*settings, MODE, suites=suites).output
    assert "not run: " not in failing
    assert "not run, as declared: scheduling.async (" in failing


def test_a_live_failure_alone_shows_what_it_found(gate):
    """Where only a drawn batch fails its text MUST be shown, with the case line, and without the code around it."""
    fault = '--engine-setting=faults=["neighbours_temperature"]'
    printed = _printed(gate(fault, suites=("suites/sampling/test_live.py",)))
    assert any(line.strip().startswith('{"case": "drawn"') for line in printed)
    assert not any("drawn_batches=" in line for line in printed)
