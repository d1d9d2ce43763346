"""Two runs side by side: what got worse is named and counts, and nothing else does."""

import json
import sys

import pytest

from fixtures.judging.evidence import SCHEMA
from fixtures.reports import compare

ROW = {
    "case": "c",
    "clause": "sampling.top_k",
    "profile": "cpu-fp32",
    "verdict": "agrees",
    "worst_difference": 1e-5,
    "allowed": 1e-4,
    "positions": 32,
    **dict.fromkeys(("waiver", "cause", "remedy", "reason", "setting", "statistic", "from_alone")),
    "infinite": False,
}
WAIVED = ROW | {"verdict": "waived", "waiver": "w"}
WRONG = ROW | {"verdict": "disagrees", "cause": "a wrong block", "remedy": "set it right"}
NOT_RUN = ROW | {"verdict": "not run", "reason": "no such call"}
DECLARED = NOT_RUN | {"waiver": "no-call"}
EFFECT = {"difference": 3e-5, "moves": False, "frozen": ""}
SETTING = {"name": "cache.block_size", "v0": 16, "previous": 128, "here": 128, "profile": 128, "effect": EFFECT}
DEFAULT = ROW | {"clause": "defaults.resolved", "case": "cache.block_size", "setting": SETTING}
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


def test_runs_that_say_the_same(compared):
    """Where nothing changed one sentence MUST say so, and the exit status be 0; so too where all failed before."""
    for row in (ROW, WAIVED, WRONG, DECLARED):
        code, said = compared([row, row], [row, row])
        assert code == 0, said
        assert said == "nothing got worse from vllm 0.18.1 to vllm 0.32.0, in 2 findings that both were\n  asked for\n"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ([ROW], [WRONG], "sampling.top_k under cpu-fp32, agrees -> disagrees: 1 finding, a wrong block"),
        ([WAIVED], [WRONG], "waived -> disagrees: 1 finding"),
        ([ROW | {"verdict": "undecided"}], [NOT_RUN], "undecided -> not run: 1 finding, no such call"),
        ([ROW], [DECLARED], "agrees -> not run: 1 finding, no such call"),
        ([DECLARED], [NOT_RUN], "still not run: 1 finding"),
        ([DECLARED], [WRONG], "not run -> disagrees: 1 finding"),
        ([ROW, ROW], [ROW], "agrees -> not asked: 1 finding"),
        ([WRONG, ROW], [ROW], "agrees -> not asked: 1 finding"),
        ([ROW | {"case": "d"}], [ROW | {"case": "d"}, WRONG], "not asked -> disagrees: 1 finding"),
    ],
)
def test_worse_is_worse(compared, before, after, said):
    """A finding that held and fails, or that nobody asks for any more, MUST be worse whatever declares it."""
    code, printed = compared(before, after)
    assert code == 1
    assert printed.startswith("vllm 0.32.0 is worse than vllm 0.18.1 in 1 clause (sampling.top_k)\n")
    assert said in printed.partition("Got worse")[2].partition("\n\n")[0]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"verdict": "error", "error": "engine v1 died\nits log"}, "no verdict: engine v1 died\n"),
        ({"verdict": "fail"}, "the run fails by tests that are no findings"),
        ({"live": None}, "drawn configurations: 49 before, none now"),
    ],
)
def test_run_as_a_whole_is_worse(compared, other, said):
    """An engine that failed, failures that are no findings, and no drawn batches MUST be worse without a finding."""
    code, printed = compared([ROW], [ROW], **other)
    assert code == 1
    assert printed.startswith("vllm 0.32.0 is worse than vllm 0.18.1 in the run as a whole\n")
    assert said in printed.partition("Got worse")[2]


@pytest.mark.parametrize(
    ("before", "after", "heading", "said"),
    [
        (ROW, WAIVED, "Not worse, but look at it", "agrees -> waived: 1 finding, waiver w"),
        (ROW, WAIVED, "Waivers in use", "new: w"),
        (WAIVED, ROW, "Waivers in use", "gone: w"),
        (ROW, ROW | {"verdict": "undecided"}, "Not worse, but look at it", "agrees -> undecided"),
        (WRONG, WRONG | {"cause": "another"}, "Not worse, but look at it", "still disagrees: 1 finding, another"),
        (WRONG, WRONG | {"cause": "another"}, "Causes", "gone: a wrong block"),
        (WRONG, NOT_RUN, "Not worse, but look at it", "disagrees -> not run: 1 finding, no such call"),
        (WRONG, ROW, "Got better", "disagrees -> agrees"),
        (WRONG, ROW, "Clauses with other counts", "sampling.top_k: agrees 0 -> 1, disagrees 1 -> 0"),
        (NOT_RUN, DECLARED, "Got better", "still not run: 1 finding"),
        (DEFAULT, DEFAULT | {"setting": SETTING | {"here": 32}}, "Defaults of a bare engine", "128 before, 32 after"),
        (ROW, ROW | {"worst_difference": 2.5e-5}, "Worst differences that grew", "0.10 -> 0.25 of what is allowed"),
    ],
)
def test_what_is_not_worse_is_listed(compared, before, after, heading, said):
    """What changed without being worse MUST be under its heading, and the exit status be 0."""
    code, printed = compared([before], [after])
    assert code == 0, printed
    assert said in " ".join(printed.partition(f"\n\n{heading}")[2].partition("\n\n")[0].split())


def test_little_growth_and_defaults_of_one_run_are_no_news(compared):
    """A difference at most twice what it was, and a default that one run alone lists, MUST NOT be named."""
    code, said = compared([ROW, DEFAULT], [ROW | {"worst_difference": 2e-5}])
    assert code == 0
    assert "grew" not in said
    assert "not asked" not in said


def test_new_questions_are_not_worse(compared):
    """A case that only the run after has MUST be listed as new, and what nobody asks MUST NOT be called gone."""
    code, said = compared([ROW], [ROW, ROW | {"case": "d"}])
    assert code == 0
    assert "not asked -> agrees: 1 finding\n    d" in said
    assert "gone: a wrong block (what showed it is not asked now)" in compared([WRONG], [ROW | {"case": "d"}])[1]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"golden": {"engine": "vllm", "version": "0.8.5", "manifest": "b" * 64}}, "golden's manifest: aaaaaaaaaaaa.."),
        ({"golden": {"engine": "toy", "version": "0.8.5", "manifest": "a" * 64}}, "golden's recorder: vllm before"),
        ({"model": {"name": "m", "fingerprint": "0" * 64}}, "model's fingerprint: ffffffffffff.. before"),
        ({"profile": "cuda-fp32"}, "profiles: cpu-fp32 before, cuda-fp32 after"),
        ({"plant": "bias"}, "planted fault: none before, bias after"),
        ({"engine_settings": {"seed": 1}}, "overridden settings: none before"),
        ({"waivers": {"file": "w", "sha256": "b" * 64}}, "waivers (sha256): none before"),
        ({"left_out": ["a", "b", "c", "d"]}, "left out after: a, b, c and 1 more"),
    ],
)
def test_doubts_come_first(compared, other, said):
    """What the two runs were not made alike with MUST be said before anything that changed."""
    printed = compared([ROW], [WAIVED], **other)[1].split("\n\n")
    assert printed[1].startswith("The comparison is doubtful\n")
    assert said in printed[1]


def test_groups_are_cut_and_lines_short(compared):
    """Of a group at most N MUST be named and the rest counted, with the remedy, in lines of 80 columns."""
    rows = [ROW | {"case": f"sampling.top_k/a-case-with-a-name-{i}"} for i in range(9)]
    wrong = [r | {"verdict": "disagrees", "cause": "a wrong block", "remedy": "set it right"} for r in rows]
    said = compared(rows, wrong, "--full", "2")[1]
    assert "9 findings, a wrong block\n    remedy: set it right\n" in said
    assert "    and 7 more\n" in said
    assert said.count("a-case-with-a-name") == 2
    assert max(map(len, said.splitlines())) <= 80


def test_markdown(compared):
    """--markdown MUST give the same sections with headings and lists, with Markdown's own marks escaped."""
    code, said = compared([ROW], [WRONG], "--markdown")
    assert code == 1
    assert said.startswith(
        "**vllm 0.32.0 is worse than vllm 0.18.1 in 1 clause (sampling.top\\_k)**\n\n### Got worse\n"
    )
    assert "\n- sampling.top\\_k under cpu-fp32, agrees -> disagrees: 1 finding, a wrong block\n  - remedy: " in said


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
def test_what_cannot_be_compared_is_refused(main, tmp_path, content, said):
    """A file that is no evidence of a verdict MUST end it with exit status 2, its name, and what to do."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(_about() | {"cases": [ROW]}))
    if content is not None:
        bad.write_text(content)
    for files in ((good, bad), (bad, good)):
        code, printed = main(*files)
        assert code == 2
        assert f"error: {bad} " in printed
        assert said in printed


def test_nothing_is_measured_by_a_run_that_failed(main, tmp_path):
    """BEFORE without a verdict MUST be refused though it has rows; several AFTER too, but not with --same."""
    broken, good = tmp_path / "broken.json", tmp_path / "good.json"
    broken.write_text(json.dumps(_about(verdict="error", error="v1 died") | {"cases": [ROW]}))
    good.write_text(json.dumps(_about() | {"cases": [ROW]}))
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
