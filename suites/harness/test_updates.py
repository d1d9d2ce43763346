"""Updates: the clean toy takes good weights and refuses bad ones; each way to get that wrong is named."""

import pytest

UPDATE, CACHE = "suites/weights/test_update.py", "suites/weights/test_prefix_cache.py"


def test_clean_engine_passes(gate):
    """A clean engine MUST pass, whichever way the weights come."""
    done = gate(suites=(UPDATE, CACHE))
    assert done.code == 0, done.output


@pytest.mark.parametrize(
    ("fault", "step", "shown"),
    [
        ("swap_ignored", "in_place-tied-to_b", "no error, then the old weights"),
        ("stale_head", "in_place-tied-to_b", "no error, then the new weights, but the old ones in the head"),
        (
            "stale_layer",
            "reload_weights-untied-to_b",
            "no error, then the new weights, but the old ones in linear layers",
        ),
        ("update_drifts", "in_place-tied-and_back", "no error, then neither the old nor the new weights"),
        ("half_loaded", "in_place-tied-wrong_shape", "an error, then the new weights up to the tensor that it refused"),
        ("kv_dropped", "in_place-tied-twenty", "no error, then the new weights on a recomputed KV cache"),
        ("swap_late", "reload_weights-untied-twenty", "no error, then neither the old nor the new weights"),
        ("takes_nan", "in_place-tied-nan", "no error, then NaN"),
    ],
)
def test_wrong_update_is_told(gate, fault, step, shown):
    """An update that leaves other weights than it must MUST fail, and what it left MUST be named."""
    done = gate(f'--engine-setting=faults=["{fault}"]', "-k", step, suites=(UPDATE,))
    assert done.code == 1
    assert f"showed {shown}" in done.output


def test_raw_logprobs_in_flight_are_told_as_such(gate):
    """Raw logprobs MUST be the cause of what was answered in flight, and its remedy be said, not unknown weights."""
    done = gate("--engine-setting=logprobs_mode=raw_logprobs", "-k", "in_place-tied-twenty", suites=(UPDATE,))
    assert done.code == 1
    assert "raw logprobs instead of processed ones" in done.output
    assert "logprobs_mode=processed_logprobs" in done.output


@pytest.mark.parametrize(
    ("fault", "shown"),
    [("keeps_the_cache", "the new weights on the old ones' prefix cache"), ("swap_ignored", "neither")],
)
def test_stale_blocks_are_told(gate, fault, shown):
    """Blocks of the old weights after a reset MUST fail and be called stale."""
    done = gate(f'--engine-setting=faults=["{fault}"]', suites=(CACHE,))
    assert done.code == 1
    assert shown in done.output


def test_way_that_is_missing_is_not_run(gate):
    """A way of loading that this engine lacks MUST NOT pass in silence."""
    done = gate('--engine-setting=no_weight_transfer="it has none"', "-k", "weight_transfer-tied", suites=(UPDATE,))
    assert done.code == 1
    assert "not run: it has none" in done.output


KNOWN = {"ways": ["in_place"], "steps": ["to_b"], "shows": "no error, then NaN"}
HALF = "an error, then the new weights up to the tensor that it refused, the old ones from there"


@pytest.mark.parametrize(("fault", "code"), [("half_loaded", 0), ("another_half_loaded", 1)])
def test_waiver_of_a_mixture_accepts_no_other(declare, gate, fault, code):
    """What a refusal left MUST be waived where each tensor is whose the waiver says, and fail where another one is."""
    declare("shown_instead", "half-loaded-after-a-refusal", ways=["in_place"], steps=["wrong_shape"], shows=HALF)
    done = gate(f'--engine-setting=faults=["{fault}"]', "-k", "in_place-tied-wrong_shape", suites=(UPDATE,))
    assert done.code == code, done.output


def test_waiver_that_no_longer_holds_fails(declare, gate):
    """An update that does what it must again MUST fail the run until its waiver is narrowed."""
    declare("shown_instead", "was-wrong-once", **KNOWN)
    done = gate("-k", "in_place-tied-to_b", suites=(UPDATE,))
    assert done.code == 1
    assert "in_place-tied-to_b: it is as expected again, so was-wrong-once no longer holds" in done.output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps": ["to_bee"]}, "steps ['to_bee']; known: after_reset, and_back"),
        ({"ways": "in_place"}, "ways must be a list of names"),
        ({"shows": "no error, then nothing"}, "shows ['no error, then nothing']"),
        ({"shows": "no error, then neither the old nor the new weights"}, "shows ['no error, then neither the old nor"),
    ],
)
def test_waiver_of_unknown_names_is_refused(declare, gate, wrong, said):
    """A waiver that could never match, or would accept any mixture, MUST end the run, naming what is known."""
    declare("shown_instead", "was-wrong-once", **KNOWN | wrong)
    done = gate("-k", "in_place-tied-to_b", suites=(UPDATE,))
    assert done.code == 1
    assert said in done.output.replace("\n", " ")


def test_declared_and_reached_fails(declare, gate):
    """A pause that is declared out of reach and can be had MUST fail until that is narrowed."""
    declare("unreachable", "no-pauses-here", states=["weights.pause"])
    done = gate("-k", "keep and not prefix_caching and not async", suites=("suites/weights/test_pause.py",))
    assert done.code == 1
    assert "no-pauses-here no longer holds" in done.output


def test_group_is_recorded_as_a_whole(toy_golden, record):
    """A case that joins a group which is recorded already MUST be refused by name."""
    with (toy_golden / "cases/weights.jsonl").open("a") as cases:
        cases.write(
            '{"case": "late", "clause": "weights.inflight", "prompt": "loop", "sampling": {"max_tokens": 12}, '
            '"swaps": [[1, "b"]], "together": "staggered", "because": "x"}\n'
        )
    done = record("--golden-record=missing")
    assert done.code != 0
    assert "weights.inflight/late" in done.output
    assert "name another group" in done.output
