"""Each fault the toy engine can be given is caught, and named where a cause is known; the clean engine is not."""

import json

import pytest

RAW = "raw logprobs instead of processed ones"
SKIPPED = "{} is not applied"
PARAMETERS, SHAPE = ("suites/sampling/test_parameters.py",), ("suites/logprobs/test_shape.py",)
SUITES = ("suites/logprobs/test_processed.py", *SHAPE, *PARAMETERS)
NAMED = {
    "raw_logprobs": RAW,
    "shifted_by_one": "logprobs of the position one earlier",
    **{
        f"skips_{name}": SKIPPED.format(name)
        for name in ("logit_bias", "repetition_penalty", "presence_penalty", "frequency_penalty")
    },
    "skips_top_k": SKIPPED.format("top_k"),
    "skips_top_p": SKIPPED.format("top_p"),
    "temperature*1.01": "another temperature",
    "sampled+0.5/4": "the sampled token's logprob shifted by a constant",
    "values_of_a_neighbour": "values of a neighbour in the batch",
    "skips_min_p": SKIPPED.format("min_p"),
}
CAUGHT = ("skips_temperature", "skips_allowed_token_ids", "skips_bad_words", "skips_min_tokens", "neighbours_sampling")
BFLOAT16 = ("suites/precision/test_form.py",)
PROMPT_FORMS = {
    "prompt_ranks_from_zero": "ranks [0, 1, 2]... do not run from 1 to 20",
    "prompt_lists_one_twice": "prompt position 1: a token is listed twice",
}
IN_BFLOAT16 = {
    "ranks_from_zero": "ranks [0, 1, 2]... do not run from 1 to 20",
    "one_too_many": "a token is listed twice",
    "nan": "a logprob is NaN",
    "lost_logprob": "3 logprob entries for 4 tokens",
}
MALFORMED = ("ranks_from_zero", "nan", "lost_logprob", "one_too_many", "k_changes_value", "sampled_rank_off")


def _evidence(gate, tmp_path, *arguments, suites=SUITES):
    file = tmp_path / "evidence.json"
    done = gate(f"--evidence={file}", *arguments, suites=suites)
    return done, json.loads(file.read_text())


def test_clean_engine_passes(gate, tmp_path):
    """The toy engine without a fault MUST pass, its two pinned differences waived."""
    done, evidence = _evidence(gate, tmp_path, suites=(*SUITES, *BFLOAT16))
    assert done.code == 0, done.output
    assert evidence["verdict"] == "partial"
    assert evidence["totals"]["disagrees"] == 0
    assert {c["waiver"] for c in evidence["cases"] if c["verdict"] == "waived"} == {"min-p-before-top-p"}


@pytest.mark.parametrize("fault", [*NAMED, *CAUGHT, *MALFORMED])
def test_fault_is_caught(gate, tmp_path, fault):
    """A planted fault MUST fail the gate, under its name where one is known."""
    suites = SHAPE if fault in MALFORMED else PARAMETERS
    done, evidence = _evidence(gate, tmp_path, f'--engine-setting=faults=["{fault}"]', suites=suites)
    assert done.code == 1, done.output
    assert evidence["verdict"] == "fail"
    causes = [c["cause"] for c in evidence["cases"] if c["verdict"] == "disagrees"]
    assert causes
    if fault in NAMED:
        assert any(cause and NAMED[fault] in cause for cause in causes), causes


@pytest.mark.parametrize(
    ("suites", "fault", "said"),
    [(SHAPE, *each) for each in PROMPT_FORMS.items()] + [(BFLOAT16, *each) for each in IN_BFLOAT16.items()],
)
def test_form_is_looked_at_in_prompts_and_in_bfloat16(gate, suites, fault, said):
    """A list with a token twice, a wrong rank, count or NaN MUST fail in prompt logprobs and in bfloat16 too."""
    chosen = ["-k", "prompt_answers"] if suites == SHAPE else []
    done = gate(f'--engine-setting=faults=["{fault}"]', *chosen, suites=suites)
    assert done.code == 1
    assert said in done.output


def test_estimate_is_said_and_kept(gate, tmp_path):
    """The fitted number MUST be in the failure's first line and in the evidence, the name without it in both."""
    done, evidence = _evidence(gate, tmp_path, '--engine-setting=faults=["temperature*1.1"]', suites=PARAMETERS)
    rows = [c for c in evidence["cases"] if c["verdict"] == "disagrees" and c["cause"] == "another temperature"]
    assert "nats at position 0 of 12: another temperature: temperature 1.1 in place of 1 (residual" in done.output
    assert {r["reason"].partition(" (")[0] for r in rows} >= {
        "temperature 1.1 in place of 1",
        "temperature 1.54 in place of 1.4",
    }


def test_first_failure_names_raw_logprobs(gate):
    """With raw logprobs the first failure MUST name them and the switch that restores parity."""
    done = gate("--engine-setting=logprobs_mode=raw_logprobs", "-x")
    assert done.code == 1
    assert RAW in done.output
    assert "set logprobs_mode=processed_logprobs" in done.output


def test_waivers_hide_nothing(gate):
    """Without waivers the pinned differences MUST disagree; V0's order under V1's waivers MUST be noticed."""
    few = ("-k", "min-p-with-top-p or temperature-weather")
    bare = gate("--waivers=none", *few)
    assert bare.code == 1
    assert "sampling.combination/min-p-with-top-p" in bare.output
    assert "logprobs.prompt/temperature-weather" in bare.output
    again = gate('--engine-setting=order="v0"', *few)
    assert again.code == 1
    assert "is as expected again" in again.output


def test_third_behaviour_is_not_waived(gate):
    """Where a waiver pins V1's behaviour, a third one MUST still fail."""
    fault = '--engine-setting=faults=["skips_min_p"]'
    done = gate(fault, "-k", "min-p-with-top-p", suites=("suites/sampling/test_parameters.py",))
    assert done.code == 1
    assert "neither what is expected nor what waiver min-p-before-top-p pins" in done.output
