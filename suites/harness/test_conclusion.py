"""What a person reads of a failing run: one failure of a cause in full, the count, the switch, the verdict."""

SUITES = ("suites/logprobs", "suites/sampling", "suites/caching", "suites/scheduling")
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
    assert "tests failed beside: suites/sampling/test_live.py" in said
    assert "verdict fail: toy 1.0 does not conform" in printed[-1]
    failures = "\n".join(printed[:-15])
    assert "logprobs.processed/temperature" in failures
    assert "sampling.leftovers/mask of a moved request: expected" in failures


def test_a_live_failure_alone_shows_what_it_found(gate):
    """Where only a drawn batch fails its text MUST be shown, with the case line, and without the code around it."""
    fault = '--engine-setting=faults=["neighbours_temperature"]'
    printed = _printed(gate(fault, suites=("suites/sampling/test_live.py",)))
    assert any(line.strip().startswith('{"case": "drawn"') for line in printed)
    assert not any("drawn_batches=" in line for line in printed)
