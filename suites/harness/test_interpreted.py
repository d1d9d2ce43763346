"""The second model runner without a GPU: what of the gate is asked, along how many tokens, and what is remembered."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from packaging.specifiers import SpecifierSet

from fixtures.asking.cases import Case, Prompt
from fixtures.asking.observations import Description
from fixtures.asking.parameters import Sampling
from fixtures.asking.profiles import PROFILES
from fixtures.asking.settings import Settings
from fixtures.engines.process import EngineFailed
from fixtures.engines.vllm import interpreted_types, path
from fixtures.frozen.explained import told_by
from fixtures.judging.diagnosis.causes import Cause
from fixtures.judging.diagnosis.ranking import Explanation
from fixtures.judging.findings import Finding, Outcome
from fixtures.judging.verdicts import Kind, judge
from fixtures.judging.waivers import Waiver
from fixtures.measuring.answers import refusal
from fixtures.measuring.asks import Ask
from fixtures.measuring.options import Options
from fixtures.plugin import selection
from fixtures.sampler import transforms
from fixtures.sampler.order import ORDERS, processed_logits
from fixtures.sampler.transforms import Context
from fixtures.tiers import INTERPRETED, TIERS

CASE = Case("c", "sampling.min_p", Prompt("p", "prose", "x"), Sampling(), prompt_logprobs=False, because="b")
CPU = PROFILES["cpu-fp32"]


def test_what_is_asked_is_of_the_gate():
    """Each entry MUST be one of the tiers', and the first tier is among them as the core."""
    assert set(INTERPRETED) <= {entry for entries in TIERS.values() for entry in entries}
    assert set(TIERS["first"]) <= set(INTERPRETED)


@pytest.mark.parametrize(
    ("test", "brief", "named", "left_out"),
    [
        ("suites/weights/test_pause.py::t", 4, False, True),
        ("suites/weights/test_pause.py::t", 4, True, False),
        ("suites/weights/test_pause.py::t", 0, False, False),
        ("suites/sampling/test_parameters.py::t", 4, False, False),
        ("suites/weights/test_update.py::t[cpu-fp32-in_place-tied-to_b]", 4, False, False),
        ("suites/weights/test_update.py::t[cpu-fp32-in_place-tied-twenty]", 4, False, True),
    ],
)
def test_what_takes_too_long_is_asked_by_its_path_alone(monkeypatch, test, brief, named, left_out):
    """Where kernels are interpreted the rest MUST be left out, but for what a path names."""
    monkeypatch.setattr(selection, "of_run", lambda _: SimpleNamespace(brief=brief))
    monkeypatch.setattr(selection, "profile_of", lambda _: CPU)
    sources = SimpleNamespace(TESTPATHS=1, ARGS=2)
    config = SimpleNamespace(ArgsSource=sources, args_source=sources.ARGS if named else sources.TESTPATHS)
    assert selection.too_slow(config, SimpleNamespace(nodeid=test)) is left_out


@pytest.mark.parametrize(
    ("case", "state", "tokens"),
    [
        (CASE, "", 4),
        (replace(CASE, swaps=((3, "b"), (9, "a"))), "", 13),
        (replace(CASE, sampling=Sampling(min_tokens=6)), "", 10),
        (replace(CASE, sampling=Sampling(min_tokens=32)), "", 4),  # they are never done
        (CASE, "scheduling.permuted", 4),
        (CASE, "scheduling.preempted", 16),
    ],
)
def test_first_tokens_are_those_after_the_last_change(case, state, tokens):
    """A case MUST go on past its last new weights and its min_tokens, and in a state that needs it until it grows."""
    assert Ask(case, CPU, Settings(), Settings(), state=state, first=4).tokens == tokens


def test_a_brief_run_goes_no_further_than_another():
    """So many tokens at most, and what is enough elsewhere MUST be enough here."""
    options = Options(engine="v1", python="", golden=None, model="", brief=4)
    assert [options.along(n) for n in (0, 2, 16)] == [4, 2, 4]
    assert [replace(options, brief=0).along(n) for n in (0, 2)] == [0, 2]


@pytest.mark.parametrize(
    ("in_part", "instead", "kind"),
    [
        (True, Outcome.RIGHT, Kind.AGREES),
        (True, Outcome.WRONG, Kind.DISAGREES),
        (False, Outcome.RIGHT, Kind.DISAGREES),
    ],
)
def test_first_tokens_may_say_nothing_of_a_waiver(in_part, instead, kind):
    """Golden and what a waiver pins may part further along; only along all tokens MUST an agreement end the waiver."""
    engine = Description("vllm", "0.32.0")
    asked = Finding(clause=CASE.clause, case="c", profile="cpu-fp32", engine=engine, golden_case=CASE)
    pinned = replace(asked, outcome=instead)
    finding = replace(asked, outcome=Outcome.RIGHT, in_part=in_part, instead=lambda _: pinned)
    known = Waiver(
        behaviour="b",
        engine="vllm",
        versions=SpecifierSet(">=0.9"),
        reason="r",
        link="l",
        until=date(2099, 1, 1),
        pins="v1_order",
        clauses=("sampling.",),
        cases=(CASE.id,),
    )
    assert judge(finding, [known], date(2026, 1, 1)).kind is kind


def test_a_bias_behind_the_penalties_is_not_penalised():
    """The cause of that name MUST give what an engine would that adds the bias last."""
    sampling = Sampling(repetition_penalty=2.0, logit_bias=((0, 3.0),))
    context = Context(sampling, (0,), (), (), ())
    v0 = ORDERS["v0"]
    assert processed_logits([4.0, 1.0], context, v0).tolist() == [3.5, 1.0]
    assert processed_logits([4.0, 1.0], context, v0.with_last(transforms.logit_bias)).tolist() == [5.0, 1.0]


def test_a_release_without_the_runner_is_refused(monkeypatch):
    """What was asked of the second runner MUST NOT be answered by the first."""
    monkeypatch.setenv(path.RUNNER, "1")
    first = {"runner": "vllm.v1.worker.cpu_model_runner.CPUModelRunner"}
    core = SimpleNamespace(model_executor=SimpleNamespace(collective_rpc=lambda _: [first]))
    with pytest.raises(RuntimeError, match=r"it took vllm\.v1\.worker\.cpu_model_runner"):
        path.taken(core)


@pytest.mark.parametrize(
    ("name", "explains", "outcome"),
    [("another top_p", True, Outcome.RIGHT), ("x", True, Outcome.WRONG), ("another top_p", False, Outcome.WRONG)],
)
def test_what_a_waiver_pins_by_its_cause_must_explain(name, explains, outcome):
    """A waiver that pins a cause MUST cover what that cause explains, and nothing else."""
    cause = Cause(name, "", lambda *_: None)
    assert told_by("another top_p", [Explanation(cause, 0.0, explains)]) is outcome


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Value error, Model Runner V2 does not yet support: logprobs mode 'raw_logits' [type=value_error]", True),
        ("CUDA error", False),
    ],
)
def test_what_the_runner_does_not_have_is_not_run(said, why):
    """Settings that it refuses MUST be said of what asked for them; any other failure of a start is one."""
    whole = "Model Runner V2 does not yet support: logprobs mode 'raw_logits'"
    assert refusal(EngineFailed(f"engine v1 failed while starting: {said}")) == (whole if why else None)


class Type:
    """As Triton's scalar types."""

    def __init__(self, name):
        self.name, self.scalar, self.shape = name, self, ()

    def is_block(self):
        return False


class Block(Type):
    made = 0

    def __init__(self, element_ty, shape):
        Block.made += 1
        self.element_ty, self.shape, self.name, self.scalar = element_ty, tuple(shape), f"<{shape}>", element_ty

    def is_block(self):
        return True


class Tensor:
    def __init__(self, handle, type):  # noqa: A002 as Triton's own
        self.handle, self.type, self.dtype, self.shape, self.numel = handle, type, type.scalar, [*type.shape], 8


def test_remembered_types_are_those_that_would_be_made(monkeypatch):
    """A type or shape that is remembered MUST be the one of its own element and shape, and no other's."""
    for owner in (Block, Tensor):
        monkeypatch.setattr(owner, "__init__", owner.__init__)
    Block.__init__ = interpreted_types.by_element_and_shape(Block.__init__, type("constexpr", (), {}))
    Tensor.__init__ = interpreted_types.by_shape(Tensor.__init__)
    before = Block.made
    asked = [(name, shape) for _ in range(2) for name in ("fp32", "int32") for shape in ((8,), (4, 2))]
    blocks = [Block(Type(name), shape) for name, shape in asked]
    assert [(b.element_ty.name, b.shape) for b in blocks] == asked
    assert Block.made - before == 4
    tensors = [Tensor(n, block) for n, block in enumerate([*blocks, Type("fp32")])]
    assert [(t.handle, t.dtype.name, t.shape) for t in tensors[:8]] == [(n, a, [*s]) for n, (a, s) in enumerate(asked)]
    assert tensors[-1].shape == []
    of = interpreted_types.by_name(lambda t: t.name.upper())
    assert [of(Type(n)) for n in ("fp32", "int8", "fp32")] == ["FP32", "INT8", "FP32"]
