"""Updates: the clean toy takes good weights and refuses bad ones; each way to get that wrong is told."""

import pytest

UPDATE, CACHE = "suites/weights/test_update.py", "suites/weights/test_prefix_cache.py"


def test_clean_engine_passes(gate):
    """A clean engine MUST pass, and what it has no way of MUST be told as not run."""
    done = gate("-k", "not weight_transfer", suites=(UPDATE, CACHE))
    assert done.code == 0, done.output


@pytest.mark.parametrize(
    ("fault", "step", "shown"),
    [
        ("swap_ignored", "in_place-tied-to_b", "no error, then the old weights"),
        ("stale_head", "in_place-tied-to_b", "no error, then neither the old nor the new weights"),
        ("stale_layer", "reload_weights-untied-to_b", "no error, then neither the old nor the new weights"),
        ("update_drifts", "in_place-tied-and_back", "no error, then neither the old nor the new weights"),
        ("half_loaded", "in_place-tied-wrong_shape", "an error, then neither the old nor the new weights"),
        ("takes_nan", "in_place-tied-nan", "no error, then NaN"),
    ],
)
def test_wrong_update_is_told(gate, fault, step, shown):
    """An update that leaves other weights than it must MUST fail, and what it left MUST be told."""
    done = gate(f'--engine-setting=faults=["{fault}"]', "-k", step, suites=(UPDATE,))
    assert done.code == 1
    assert f"it showed {shown}" in done.output


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
    done = gate("-k", "weight_transfer", suites=(UPDATE,))
    assert done.code == 1
    assert "not run: it has none" in done.output


def test_waiver_that_no_longer_holds_fails(toy_golden, gate):
    """An update that does what it must again MUST fail the run until its waiver is narrowed."""
    with (toy_golden / "waivers.toml").open("a") as waivers:
        waivers.write(
            """
[[shown_instead]]
behaviour = "was-wrong-once"
ways = ["in_place"]
steps = ["to_b"]
shows = "no error, then NaN"
profiles = ["cpu-fp32"]
engine = "toy"
versions = ">=1"
reason = "x"
link = "x"
until = 2099-12-31
"""
        )
    done = gate("-k", "in_place-tied-to_b", suites=(UPDATE,))
    assert done.code == 1
    assert "waiver was-wrong-once no longer holds" in done.output
