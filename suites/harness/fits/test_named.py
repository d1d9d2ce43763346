"""Faults with a number, planted in the toy's sampler: what is named, and the number that is read from the answer."""

import re

import pytest

NOT_APPLIED = "{} is not applied"
NEIGHBOUR = "{} of a neighbour in the batch"
SAMPLED, LOGIT = "the sampled token's logprob shifted by a constant", "the sampled token's logit shifted by a constant"
ALL, RAW = "all logprobs shifted by a constant", "raw logits that are scaled"
TEMPERATURE = "another temperature"
# Fault -> a case that it shows in, its name there, the number that was planted.
PLANTED = {
    "temperature*1.01": ("warm", TEMPERATURE, 0.707),
    "temperature*1.1": ("hot", TEMPERATURE, 1.43),
    "temperature*0.99": ("penalties", TEMPERATURE, 0.792),
    "temperature*2": ("bias", TEMPERATURE, 2.0),
    "logits*1.01": ("bias", RAW, 1.01),
    "logits*0.9": ("penalties", RAW, 0.9),
    "logits*1.001": ("neutral", TEMPERATURE, 1 / 1.001),
    "all+0.01": ("neutral", ALL, 0.01),
    "all+-0.5": ("top_p", ALL, -0.5),
    "all+0.002/5": ("mask", ALL, 0.002),
    "sampled+0.01": ("top_k", SAMPLED, 0.01),
    "sampled+0.5": ("greedy", SAMPLED, 0.5),
    "sampled+-0.5/4": ("neutral", SAMPLED, -0.5),
    "sampled_logit+0.01": ("words", LOGIT, 0.01),
    "sampled_logit+0.5": ("frequency", LOGIT, 0.5),
    "top_for_sampled": ("hot", "the top token's logprob in place of the sampled one's", None),
    "one_rank_off": ("neutral", "logprobs of the token one rank lower", None),
    "shifted_by_one": ("warm", "logprobs of the position one earlier", None),
    "rounded_to_bfloat16": ("neutral", "logprobs rounded to bfloat16", None),
    "rounded_to_float16": ("penalties", "logprobs rounded to float16", None),
    "head_in_bfloat16": ("warm", "logits rounded to bfloat16", None),
    "values_of_a_neighbour": ("presence", NEIGHBOUR.format("values"), None),
    "neighbours_temperature": ("frequency", NEIGHBOUR.format("temperature"), 0.8),
    "neighbours_penalties": ("min_p", NEIGHBOUR.format("penalties"), 1.5),
    "neighbours_allowed_token_ids": ("bias", NEIGHBOUR.format("allowed_token_ids"), 97),
    "neighbours_bad_words": ("mask", NEIGHBOUR.format("bad_words"), None),
    "neighbours_top_k": ("hot", NEIGHBOUR.format("top_k"), 6),
    "neighbours_top_p": ("top_p", NEIGHBOUR.format("top_p"), 0.9),
    "top_k+-1": ("top_k_20", "another top_k", 19),
    "top_k+1": ("top_k", "another top_k", 7),
    "top_k*2": ("top_k", "another top_k", 12),
    "top_p+-0.05": ("top_p", "another top_p", 0.75),
    "top_p+0.05": ("top_p_warm", "another top_p", 0.95),
    "top_p*0.5": ("top_p_warm", "another top_p", 0.45),
    "min_p*2": ("min_p", "another min_p", 0.2),
    "min_p*0.5": ("min_p", "another min_p", 0.05),
    "repetition_penalty*1.01": ("repetition", "another repetition_penalty", 1.515),
    "repetition_penalty*1.1": ("penalties", "another repetition_penalty", 1.32),
    "presence_penalty*1.01": ("presence", "another presence_penalty", 1.01),
    "frequency_penalty*1.1": ("frequency", "another frequency_penalty", 0.88),
    "penalty_counts_the_prompt": ("frequency", "penalties that count the prompt as output", None),
    "presence_counts_the_prompt": ("presence", "penalties that count the prompt as output", None),
    "penalty_counts_twice": ("frequency", "penalties that count the output twice", None),
    "penalty_ignores_the_prompt": ("repetition", "penalties that do not count the prompt", None),
    "skips_top_k": ("top_k", NOT_APPLIED.format("top_k"), None),
    "not_renormalised": ("top_p", "kept tokens that are not renormalised", None),
}
# Names that are right for a fault beside its own: on a case they predict the same numbers.
ALSO = {
    "top_k": {"truncation"},  # one place that moves does not say which
    "logits*": {TEMPERATURE, RAW},
    "temperature*": {TEMPERATURE, RAW},
    "neighbours_": {
        "raw logprobs",
        "not applied",
        "of a neighbour",
        "another top",
        "another min",
        "another temp",
        "trunc",
    },
    "skips_": {"raw logprobs", "another top", "not applied", "trunc"},
    "not_renormalised": {"raw logprobs", "not applied", "not renormalised", "trunc"},
}


def _right(fault, name):
    """Whether a name that was given to a case is one that this fault may have."""
    also = next((names for start, names in ALSO.items() if fault.startswith(start)), set())
    return PLANTED[fault][1] in name or any(part in name for part in also)


def _names(explained):
    return list(dict.fromkeys(e.cause.name for e in explained))


def _seen(toy, fault):
    """The names and the estimate of the case where it is looked for, and the wrong names there and in three more."""
    case, name, _ = PLANTED[fault]
    start = list(PLANTED).index(fault)
    more = [list(toy.cases)[(start * 3 + n) % len(toy.cases)] for n in range(3)]  # every case has its turn
    found = dict(toy.diagnosed(fault, dict.fromkeys([case, *more])))
    wrong = {(c, n) for c, explained in found.items() for n in _names(explained) if not _right(fault, n)}
    estimate = next((str(e) for e in found.get(case, ()) if e.cause.name == name), "")
    return _names(found.get(case, ())), estimate, wrong


@pytest.mark.parametrize("fault", PLANTED)
def test_fault_is_named_with_its_number(toy, fault):
    """A fault MUST be named where it shows, the number within a tenth of what was planted; no case MUST be misnamed."""
    names, estimate, wrong = _seen(toy, fault)
    assert PLANTED[fault][1] in names, names
    assert not wrong
    if (planted := PLANTED[fault][2]) is not None:
        numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", estimate)]
        assert min(abs(n - planted) for n in numbers[:1]) <= 0.1 * abs(planted), estimate
