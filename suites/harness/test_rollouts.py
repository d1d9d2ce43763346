"""Golden rollouts: recorded as asked, read as written, and refused where they are missing or altered."""

import contextlib
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fixtures.asking.cases import Case, Prompt, read_prompts
from fixtures.asking.observations import Observation
from fixtures.asking.parameters import Sampling
from fixtures.engines.interface import Start
from fixtures.engines.process import EngineProcess
from fixtures.golden import audit as golden_audit
from fixtures.golden.files import GoldenDamaged
from fixtures.golden.manifest import read_manifest, write_manifest
from fixtures.golden.recorder import NotReproduced, _refuse_unmet
from fixtures.golden.rollout_recorder import RolloutRecorder, keep
from fixtures.golden.rollouts import (
    TOP_ROUNDED,
    TOP_TOKENS,
    TRAINER,
    TRAINER_ENTROPY,
    TRUTH,
    YARDSTICKS,
    RolloutSet,
    names,
    read_rollouts,
    read_sets,
)

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
PROMPTS = (Prompt("one", "text", "One by one the bells"), Prompt("two", "text", "They walked home"))
SETS = {
    "noise": RolloutSet("noise", PROMPTS, 1.0, 12, {"toy": 3}),
    "swap": RolloutSet("swap", PROMPTS, 0.8, 12, {"toy": 3}, late=1, swap_after=5),
}


@pytest.fixture
def started(one_interpreter):
    """Toy engines in the place of every scorer."""
    interpreter = one_interpreter(sys.executable, "toy")
    running = []

    def start(_):
        running.append(
            EngineProcess(interpreter, Start("toy", "toy", "float32", "cpu"), limit=60, progress=lambda *_: None)
        )
        return running[-1]

    yield start
    for process in running:
        process.close()


@pytest.mark.parametrize("name", SETS)
def test_recorded_set_is_read_as_it_was_written(name, started, tmp_path):
    """Every token MUST have a value in every column, and what is read MUST be what was recorded."""
    asked = SETS[name]
    found, scorers = RolloutRecorder(asked, {"a": "toy", "b": "toy-b"}, started, EngineProcess.close).record(3)
    keep(tmp_path, "toy", asked, found, scorers)
    read = read_rollouts(tmp_path, "toy", name)
    tokens = sum(len(c.token_ids) for c in read.completions)
    assert read.completions == found.completions
    assert {len(column) for column in read.columns.values()} == {tokens}
    assert all((read.columns[n] == column).all() for n, column in found.columns.items())
    assert not golden_audit.problems(tmp_path, {})
    also = {TRAINER, TRAINER_ENTROPY} if asked.swap_after else {TOP_TOKENS, TOP_ROUNDED}
    assert {TRUTH, *YARDSTICKS, *also} <= set(read.columns)


def test_new_weights_come_where_they_are_said_to(started):
    """A completion that ended before its swap MUST say none; the late ones MUST be under the new weights whole."""
    found, _ = RolloutRecorder(SETS["swap"], {"a": "toy", "b": "toy-b"}, started, EngineProcess.close).record(3)
    for completion in found.completions:
        late = completion.key.endswith(".2")
        met = len(completion.token_ids) > (0 if late else 5)
        assert completion.swaps == (((0 if late else 5, "b"),) if met else ())
    assert np.allclose(found.columns[TRUTH], found.columns[TRAINER], atol=1e-5)


@pytest.mark.parametrize("harm", ["removed", "altered", "not listed"])
def test_damaged_rollouts_are_named(harm, tmp_path):
    """A file of rollouts that is missing, altered or not listed MUST be named."""
    file, manifest = names("smollm2-135m", "swap")[0], read_manifest(GOLDEN)
    shutil.copytree(GOLDEN / "rollouts", tmp_path / "rollouts")
    if harm == "removed":
        (tmp_path / file).unlink()
    elif harm == "altered":
        (tmp_path / file).write_text("")
    else:
        del manifest["rollouts"][file]
    write_manifest(tmp_path, {**manifest, "files": {}, "defaults": {}})
    (said,) = golden_audit.problems(tmp_path, {})
    assert file in said


def test_every_shipped_set_is_recorded():
    """What rollouts.toml asks for MUST be there."""
    sets = read_sets(GOLDEN, read_prompts(GOLDEN))
    assert not golden_audit.unscored(GOLDEN, "smollm2-135m", sets)
    for asked in sets:
        for model, count in asked.completions.items():
            assert len(read_rollouts(GOLDEN, model, asked.name).completions) == count * len(asked.prompts)


def test_edited_set_is_noticed():
    """Another temperature than was recorded MUST be named, and not be taken for the engine's fault."""
    edited = [replace(s, temperature=0.9) for s in read_sets(GOLDEN, read_prompts(GOLDEN)) if s.name == "noise"]
    said = golden_audit.unscored(GOLDEN, "smollm2-135m", edited)
    assert len(said) == 4
    assert all("asks something else" in line for line in said)


def test_golden_without_rollouts_is_refused(gate):
    """Tests that need rollouts MUST NOT run without, and the sentence MUST say how to get them."""
    done = gate(suites=("suites/precision/test_noise.py", "suites/trainer"))
    assert done.code == 4
    assert "rollouts.toml" in done.output


def test_unusable_sets_are_named(tmp_path):
    """A prompt nobody wrote MUST be named with the file."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "rollouts.toml").write_text('[noise]\nprompts = ["nobody"]\n')
    with pytest.raises(GoldenDamaged, match=r"rollouts\.toml.*nobody"):
        read_sets(tmp_path, {})


def test_case_that_ends_before_its_swap_is_not_frozen():
    """New weights that never came MUST be refused by the recorder, as the recording would show none."""
    case = Case("late", "weights.inflight", PROMPTS[0], Sampling(), False, "because", swaps=((3, "b"),))
    for tokens, refused in (((1, 2, 3), True), ((1, 2, 3, 4), False)):
        observed = {case.id: Observation(case.id, (1,), tokens, (), "stop")}
        with pytest.raises(NotReproduced, match="earlier swap") if refused else contextlib.nullcontext():
            _refuse_unmet([case], observed)
