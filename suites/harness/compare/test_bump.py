"""Two runs side by side: what got worse is named and counts, and nothing else does."""

from dataclasses import asdict

import pytest

from fixtures.judging.evidence import Row

ROW = asdict(Row("c", "sampling.top_k", "cpu-fp32", "agrees", 1e-5, 1e-4, 32, None, None, None))
WAIVED = ROW | {"verdict": "waived", "waiver": "w"}
WRONG = ROW | {"verdict": "disagrees", "cause": "a wrong block", "remedy": "set it right"}
NOT_RUN = ROW | {"verdict": "not run", "reason": "no such call"}
DECLARED = NOT_RUN | {"waiver": "no-call"}
EFFECT = {"difference": 3e-5, "moves": False, "frozen": ""}
SETTING = {"name": "cache.block_size", "v0": 16, "previous": 128, "here": 128, "profile": 128, "effect": EFFECT}
DEFAULT = ROW | {"clause": "defaults.resolved", "case": "cache.block_size", "setting": SETTING}
LIVE = {"examples": 7.0, "configurations": 49.0, "undecided": 0.0, "seconds": 1.0}


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
