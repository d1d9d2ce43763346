"""What a user's own model is asked: its tokenizer's tokens, waivers that may not hold, an allowance by the row."""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from fixtures.asking.cases import read_cases
from fixtures.asking.observations import Description
from fixtures.asking.parameters import Sampling
from fixtures.clauses import waivable
from fixtures.golden import brought
from fixtures.judging.findings import Finding, Outcome
from fixtures.judging.verdicts import Kind, judge
from fixtures.judging.waivers import ShownInstead
from fixtures.measuring.options import Options
from fixtures.measuring.run import Run
from fixtures.tolerances import RowSize, specification_allowance

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
TINY = 1e-06  # a min_p that V0 takes for none

# The specification's allowance, by the row


def test_allowance_grows_with_the_row():
    """The specification MUST be allowed more on larger logits, a larger vocabulary and a tail that float32 loses."""
    plain = specification_allowance(Sampling(), -1.0)
    assert plain < 2e-5
    assert specification_allowance(Sampling(), -1.0, RowSize()) == plain
    assert specification_allowance(Sampling(), -1.0, RowSize(magnitude=300.0)) > 3.4e-5
    assert specification_allowance(Sampling(), -1.0, RowSize(vocabulary=4 * 49152)) > plain + 0.9e-5
    assert specification_allowance(Sampling(), -1.0, RowSize(lost=2e-4)) > 2.5e-5


# Another tokenizer

LINES = [
    {"case": "bias", "clause": "c", "prompt": "p", "sampling": {"logit_bias": [[260, 2.0], [2, 9.0]]}},
    {"case": "lost", "clause": "c", "prompt": "p", "sampling": {"logit_bias": [[28, 2.0]]}},
    {"case": "list", "clause": "c", "prompt": "p", "sampling": {"allowed_token_ids": [28, 260], "top_k": 49152}},
    {"case": "edge", "clause": "c", "prompt": "block-at"},
    {"case": "none", "clause": "c", "prompt": "p"},
]
TEXTS = {260: " the", 28: ","}


def _ask(question):
    """A tokenizer of words: a comma is two tokens, a prompt has as many tokens as letters."""
    ids = {" the": [7], ",": [1, 2]}
    return {
        "texts": [ids[t] for t in question["texts"]],
        "prompts": [len(t) for t in question["prompts"]],
        "chats": [f"[{m[0]['role']}] {m[0]['content']}" for m in question["chats"]],
        "ends": 3,
    }


def test_tokens_are_named_by_their_text():
    """Cases MUST get this tokenizer's tokens for the same texts; those without one MUST be left out, and say why."""
    known = brought.brought(LINES, TEXTS, _ask, vocabulary=99)
    made = {line["case"]: line.get("sampling") for line in known.cases(LINES, {"p": {}})}
    assert made["bias"] == {"logit_bias": [[7, 2.0], [3, 9.0]]}
    assert made["list"] == {"allowed_token_ids": [7], "top_k": 99}
    assert made["none"] is None
    assert known.not_applicable == {
        "c/lost": "this tokenizer has no single token for ','",
        "c/edge": "no prompt of 64 tokens could be made",
    }


def test_prompts_are_made_to_measure():
    """Prompts for blocks MUST have their number of tokens in this tokenizer, and chats the model's own template."""
    lines = [{"prompt": name, "kind": "k", "text": "x" * 40} for name in brought.BLOCKS]
    lines.append({"prompt": "chat", "kind": "k", "text": "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"})
    made = {line["prompt"]: line["text"] for line in brought.prompts(lines, _ask)}
    assert {name: len(made[name]) for name in brought.BLOCKS} == brought.BLOCKS
    assert made["chat"] == "[user] Why?"


def test_waivers_follow_their_cases():
    """An entry that names a case MUST name it by its new id, and go where the case does not apply."""
    text = '# top\n\n[[waiver]]\ncases = ["aa"]\n\n[[waiver]]\ncases = ["bb"]\n\n[[unreachable]]\nx = 1\n'
    made = brought.in_waivers(text, {"aa": "cc", "bb": None})
    assert made == '# top\n\n[[waiver]]\ncases = ["cc"]\n\n[[unreachable]]\nx = 1\n'


MINE = """[[unreachable]]
behaviour = "{}"
states = ["scheduling.cuda_graphs"]
profiles = ["cpu-fp32"]
engine = "vllm"
versions = ">=0.9"
reason = "r"
link = "l"
until = {}
"""


def test_what_the_suite_knows_holds_for_a_set_of_long_ago(tmp_path):
    """Of a user's model the suite's waivers of today MUST hold, by the ids its cases have; its file adds its own."""
    (tmp_path / "cases").mkdir()
    shutil.copy(GOLDEN / "cases" / "prompts.jsonl", tmp_path / "cases")
    lines = brought.lines_of((GOLDEN / "cases" / "parameters.jsonl").read_text())
    asked = next(line for line in lines if line.get("sampling", {}).get("min_p") == TINY)
    asked["sampling"]["max_tokens"] = 3  # so that it has another id
    (tmp_path / "cases" / "parameters.jsonl").write_text(json.dumps(asked))
    file = tmp_path / "waivers.toml"
    file.write_text(MINE.format("mine", "2027-01-01") + MINE.format("no-cuda-graphs-on-a-cpu", "2001-01-01"))
    options = Options(engine="v1", python="p", golden=tmp_path, model="m", waivers=file, shipped=GOLDEN)
    known = {d.behaviour: d for d in Run(options, None, waivable()).declared}
    (case,) = read_cases(tmp_path)
    assert known["tiny-min-p-is-applied"].cases == (case,)
    assert known["no-cuda-graphs-on-a-cpu"].until > date(2026, 1, 1)
    assert "mine" in known
    assert "unprocessed-prompt-logprobs" not in known  # no case of this set is about it
    alone = Run(replace(options, shipped=None), None, waivable()).declared
    assert [d.behaviour for d in alone] == ["mine", "no-cuda-graphs-on-a-cpu"]


def test_cases_left_out_are_not_asked(run_pytest, toy_golden):
    """A case that the manifest calls not applicable MUST NOT be asked, and the run MUST say why."""
    case = next(c for c in read_cases(toy_golden).values() if c.clause == "sampling.top_k")
    manifest = json.loads((toy_golden / "manifest.json").read_text())
    for name in [n for n, entry in manifest["files"].items() if entry["case"] == case.id]:
        del manifest["files"][name]
        (toy_golden / name).unlink()
    (toy_golden / "manifest.json").write_text(json.dumps(manifest | {"not_applicable": {case.title: "too short"}}))
    done = run_pytest("-m", "cpu", f"--golden-root={toy_golden}", "suites/sampling/test_parameters.py")
    assert done.code == 0, done.output
    assert f"does not apply: {case.title}: too short" in done.output
    assert "sampling.top_k  " not in done.output


@pytest.mark.parametrize(
    ("outcome", "own_model", "kind"),
    [
        (Outcome.RIGHT, False, Kind.DISAGREES),
        (Outcome.RIGHT, True, Kind.AGREES),
        (Outcome.WRONG, True, Kind.WAIVED),
    ],
)
def test_another_model_may_be_right(outcome, own_model, kind):
    """What is known of the shipped model MUST NOT fail one that does better, and is pinned where it does not."""
    finding = Finding(
        clause="weights.update",
        case="c",
        profile="cpu-fp32",
        engine=Description("vllm", "0.18.1"),
        outcome=outcome,
        way="w",
        step="s",
        shows="half",
    )
    known = ShownInstead(
        behaviour="b",
        engine="vllm",
        versions=SpecifierSet(">=0.18"),
        reason="r",
        link="l",
        until=date(2099, 1, 1),
        ways=("w",),
        steps=("s",),
        shows="half",
    )
    assert judge(finding, [known], date(2026, 1, 1), own_model=own_model).kind is kind
