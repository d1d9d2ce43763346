"""What cannot be compared is refused; with --same every difference is named; and runs of the gate are compared."""

import json
from dataclasses import asdict

import pytest

from fixtures.judging.evidence import SCHEMA, Row

ROW = asdict(Row("c", "sampling.top_k", "cpu-fp32", "agrees", 1e-5, 1e-4, 32, None, None, None))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory); write one with pytest's --evidence FILE"),
        ("{", "is not JSON"),
        ("[]", "is JSON, but no evidence file; write one"),
        ('{"schema": "logprob-conformance/1", "verdict": "pass"}', "measure it again with this suite"),
        (json.dumps({"schema": SCHEMA, "verdict": "pass", "cases": [{"case": "c"}]}), "is damaged evidence"),
        (json.dumps({"schema": SCHEMA, "verdict": "error", "error": "v1 died"}), "has no verdict: v1 died; run it"),
    ],
)
def test_what_cannot_be_compared_is_refused(main, about, tmp_path, content, said):
    """A file that is no evidence of a verdict MUST end it with exit status 2, its name, and what to do."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(about() | {"cases": [ROW]}))
    if content is not None:
        bad.write_text(content)
    for files in ((good, bad), (bad, good)):
        code, printed = main(*files)
        assert code == 2
        assert f"error: {bad} " in printed
        assert said in printed


def test_nothing_is_measured_by_a_run_that_failed(main, about, tmp_path):
    """BEFORE without a verdict MUST be refused though it has rows; several AFTER too, but not with --same."""
    broken, good = tmp_path / "broken.json", tmp_path / "good.json"
    broken.write_text(json.dumps(about(verdict="error", error="v1 died") | {"cases": [ROW]}))
    good.write_text(json.dumps(about() | {"cases": [ROW]}))
    assert main(broken, good)[0] == 2
    assert "one AFTER, please" in main(good, good, good)[1]
    assert main(good, good, good, "--same", "0")[0] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "waived", "waiver": "w"}, "verdict 'agrees' before, 'waived' after"),
        ({"worst_difference": 2e-5}, "worst_difference 1e-05 before, 2e-05 after"),
        ({"allowed": None}, "allowed 0.0001 before, None after"),
        ({"statistic": {"estimate": 1.0}}, "statistic estimate None before, 1.0 after"),
        ({"case": "d"}, "only after"),
    ],
)
def test_same_names_every_difference(compared, change, said):
    """With --same another verdict, waiver, number or case MUST be named and give exit status 1, a smaller one not."""
    code, printed = compared([ROW, ROW], [ROW, ROW | change], "--same", "1e-6")
    assert code == 1
    assert said in printed
    code, printed = compared([ROW, ROW], [ROW, ROW | {"worst_difference": 1.09e-5}], "--same", "1e-6")
    assert code == 0
    assert "2 cases before, 2 after, 0 differences" in printed


def test_real_runs(gate, main, tmp_path):
    """Evidence that the gate wrote MUST be read: a fault between two runs is worse, named by clause and cause."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    chosen = ("-k", "top-k")
    assert gate(f"--evidence={good}", *chosen).code == 0
    assert gate(f"--evidence={bad}", '--engine-setting=faults=["skips_top_k"]', *chosen).code == 1
    assert main(good, good)[0] == 0
    code, said = main(good, bad)
    assert code == 1
    assert "the second run of toy 1.0 is worse than the first run of toy 1.0 in" in said
    assert "overridden settings: none before" in said
    assert "agrees -> disagrees" in said
    assert main(bad, good)[0] == 0
