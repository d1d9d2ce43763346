"""Updates: the clean toy takes good weights and refuses bad ones; each way to get that wrong is named."""

import pytest

UPDATE, CACHE = "suites/weights/test_update.py", "suites/weights/test_prefix_cache.py"


def test_clean_engine_passes(gate):
    """A clean engine MUST pass, and what it has no way of MUST be reported as not run."""
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
    """An update that leaves other weights than it must MUST fail, and what it left MUST be named."""
    done = gate(f'--engine-setting=faults=["{fault}"]', "-k", step, suites=(UPDATE,))
    assert done.code == 1
    assert f"showed {shown}" in done.output


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


WHEN = """
profiles = ["cpu-fp32"]
engine = "toy"
versions = ">=1"
reason = "x"
link = "x"
until = 2099-12-31
"""
KNOWN = f"""
[[shown_instead]]
behaviour = "was-wrong-once"
ways = ["in_place"]
steps = ["to_b"]
shows = "no error, then NaN"
{WHEN}"""


@pytest.fixture
def declare(toy_golden):
    """Add a table to the waivers."""
    path = toy_golden / "waivers.toml"
    return lambda table: path.write_text(path.read_text() + table)


def test_waiver_that_no_longer_holds_fails(declare, gate):
    """An update that does what it must again MUST fail the run until its waiver is narrowed."""
    declare(KNOWN)
    done = gate("-k", "in_place-tied-to_b", suites=(UPDATE,))
    assert done.code == 1
    assert "in_place-tied-to_b: it is as expected again, so was-wrong-once no longer holds" in done.output


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('["to_b"]', '["to_bee"]', "steps ['to_bee']; known: after_reset, and_back"),
        ('["in_place"]', '"in_place"', "ways must be a list of names"),
        ("then NaN", "then nothing", "shows ['no error, then nothing']"),
    ],
)
def test_waiver_of_unknown_names_is_refused(declare, gate, right, wrong, said):
    """A waiver that could never match MUST end the run, naming what is known."""
    declare(KNOWN.replace(right, wrong))
    done = gate("-k", "in_place-tied-to_b", suites=(UPDATE,))
    assert done.code == 1
    assert said in done.output.replace("\n", " ")


def test_declared_and_reached_fails(declare, gate):
    """A pause that is declared out of reach and can be had MUST fail until that is narrowed."""
    declare(
        f"""
[[unreachable]]
behaviour = "no-pauses-here"
states = ["weights.pause"]
{WHEN}"""
    )
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
