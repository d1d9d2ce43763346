"""A user's own checkpoint: its twins are derived beside it, its size is estimated, its tokenizer's tokens are asked."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from fixtures.asking.observations import Description
from fixtures.asking.parameters import Sampling
from fixtures.asking.profiles import PROFILES
from fixtures.drawn.trajectories import Trajectory
from fixtures.golden.golden_set import GoldenSet
from fixtures.golden.recorder import Session
from fixtures.models import own, size, stored
from fixtures.models.checkpoints import TWIN, UNTIED, ModelUnusable, find, fingerprint
from fixtures.models.stored import Stored
from fixtures.models.twins import Twins
from fixtures.tolerances import logprob_allowance, rounding
from fixtures.weights.spoiled import spoil

LAYERS = 6
EMBEDDING = "model.embed_tokens.weight"


def _tensor(name, shape, dtype):
    values = np.random.default_rng(len(name)).normal(size=shape).astype(np.float32)
    return Stored(name, dtype, shape, b"").holding(values)


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """A function that writes one in a folder of its own, in one file or two."""
    monkeypatch.setattr(own, "CACHE", tmp_path / "cache")

    def write(*, dtype="F32", tied=True, sharded=False, **config):
        folder = tmp_path / "mine"
        folder.mkdir()
        config = {"num_hidden_layers": LAYERS, "vocab_size": 30, "layer_types": ["full"] * LAYERS, **config}
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "tokenizer.json").write_text("{}")
        body = [_tensor(f"model.layers.{i}.mlp.down_proj.weight", (8, 4), dtype) for i in range(LAYERS)]
        ends = [_tensor(EMBEDDING, (30, 8), dtype)] + ([] if tied else [_tensor(own.HEAD, (30, 8), dtype)])
        parts = {"a.safetensors": body, "b.safetensors": ends} if sharded else {"model.safetensors": body + ends}
        for name, tensors in parts.items():
            stored.write(folder / name, tensors)
        if sharded:
            named = {t.name: name for name, tensors in parts.items() for t in tensors}
            (folder / stored.INDEX).write_text(json.dumps({"weight_map": named}))
        return folder

    return write


def _values(folder):
    return {t.name: t.values() for file in stored.files(folder) for t in stored.tensors(file)}


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
@pytest.mark.parametrize("sharded", [False, True], ids=["one file", "sharded"])
def test_twin_is_near_and_beside(checkpoint, dtype, sharded):
    """B MUST be A with noise of a twentieth of each tensor's deviation, in A's dtype and files; A's folder stays."""
    folder = checkpoint(dtype=dtype, sharded=sharded)
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    a, b = Twins(str(folder)).pair("")
    assert a == str(folder)
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before
    made, mine = _values(own.Path(b)), _values(folder)
    assert made.keys() == mine.keys()
    assert [f.name for f in stored.files(own.Path(b))] == [f.name for f in stored.files(folder)]
    apart = [made[n] - mine[n] for n in mine if n != EMBEDDING]
    assert not any(np.allclose(apart[0], other, atol=1e-3) for other in apart[1:])  # each has noise of its own
    noise = np.concatenate([(made[n] - mine[n]).ravel() / mine[n].std() for n in mine])
    assert 0.04 < noise.std() < 0.06
    assert own.Path(b).is_relative_to(own.CACHE)


def test_untied_has_a_head_near_the_embedding(checkpoint):
    """A head of its own MUST be the embedding with noise, and the config MUST say that it is untied."""
    a, b = (own.Path(p) for p in Twins(str(checkpoint())).pair(UNTIED))
    values = _values(a)
    assert 0.02 < (values[own.HEAD] - values[EMBEDDING]).std() / values[EMBEDDING].std() < 0.08
    assert json.loads((a / "config.json").read_text())["tie_word_embeddings"] is False
    assert not np.array_equal(_values(b)[own.HEAD], values[own.HEAD])


def test_first_layers_alone(checkpoint):
    """The shallow variant MUST have four layers in tensors and config, lists by layer included; B's are those of B."""
    twins = Twins(str(checkpoint()))
    a, b = (own.Path(p) for p in twins.shallow())
    assert len(_values(a)) == own.FIRST_LAYERS + 1
    config = json.loads((a / "config.json").read_text())
    assert (config["num_hidden_layers"], len(config["layer_types"])) == (own.FIRST_LAYERS, own.FIRST_LAYERS)
    whole = _values(own.Path(twins.pair("")[1]))
    assert all(np.array_equal(values, whole[name]) for name, values in _values(b).items())


def test_what_a_model_has_is_not_derived(checkpoint):
    """A head of its own MUST be taken as it is, and a question about a tied one MUST say why it does not apply."""
    folder = checkpoint(tied=False)
    twins = Twins(str(folder))
    assert twins.pair(UNTIED)[0] == str(folder)
    assert twins.lacks("tied") == "mine has a head of its own"
    assert twins.lacks("untied") is None


def test_twins_go_by_the_fingerprint(checkpoint):
    """Other weights in the same folder MUST get another twin; a twin that was altered MUST be refused."""
    folder = checkpoint()
    b = own.variant(find(str(folder)), TWIN)
    assert own.variant(find(str(folder)), TWIN) == b
    file = next(b.path.glob("*.safetensors"))
    file.write_bytes(file.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(ModelUnusable, match="remove the folder, it is made again"):
        own.variant(find(str(folder)), TWIN)
    stored.write(folder / "model.safetensors", [_tensor(EMBEDDING, (30, 8), "F16")])
    assert own.variant(find(str(folder)), TWIN).path != b.path


def test_quantised_weights_are_refused(checkpoint):
    """A tensor of eight-bit floats MUST be refused in a sentence: noise in it would be no twin."""
    folder = checkpoint()
    stored.write(folder / "model.safetensors", [Stored("model.layers.0.w.weight", "F8_E4M3", (4,), b"abcd")])
    with pytest.raises(ModelUnusable, match=r"no twin can be made of it, as \S+ is stored as F8_E4M3"):
        own.variant(find(str(folder)), TWIN)


def test_what_does_not_fit_is_refused_first(checkpoint, monkeypatch):
    """A model too large for memory or disk MUST be refused with figures, before a byte of its weights is read."""
    folder = checkpoint()
    monkeypatch.setattr(size.psutil, "virtual_memory", lambda: SimpleNamespace(available=1e9))
    with pytest.raises(ModelUnusable, match=r"need about 3 GB of memory in float32 .* 1 GB are free"):
        find(str(folder))
    monkeypatch.setattr(size.psutil, "virtual_memory", lambda: SimpleNamespace(available=1e12))
    monkeypatch.setattr(size, "_left", lambda: 0)
    with pytest.raises(ModelUnusable, match="make room there"):
        find(str(folder))


@pytest.mark.parametrize("how", ["truncated", "wrong_shape", "nan"])
def test_any_checkpoint_can_be_spoiled(checkpoint, tmp_path, how):
    """Whatever its tensors are called, in however many files, a copy MUST be spoiled and differ."""
    folder = checkpoint(sharded=True, dtype="BF16")
    made = spoil(folder, how, tmp_path / how)
    if how == "truncated":
        sizes = [(made / f.name).stat().st_size < f.stat().st_size for f in stored.files(folder)]
        assert sum(sizes) == 1
    else:
        assert fingerprint(made) != fingerprint(folder)


def test_tokens_that_a_tokenizer_has_not_are_not_drawn(checkpoint):
    """No id beyond the tokenizer's MUST be drawn of a padded vocabulary, as V1 refuses it: as likely or as tied."""
    folder = checkpoint()
    tokenizer = {"model": {"vocab": {"a": 0, "b": 1}}, "added_tokens": [{"id": 2}, {"id": 0}]}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    named = Twins(str(folder)).named
    assert named == 3
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {"a": 0, "b": 1}}}))
    assert Twins(str(folder)).named == 2  # of one to which none were added
    row = np.array([[1.0, 1.0, 0.0, 9.0, 0.0]], dtype=np.float32)
    padded = Trajectory("p", (2, 4), (1,), row, (), named)
    assert set(padded.notable) == {0, 1, 2}
    assert padded.tied == ((0, 1),)
    assert {3, 4} < set(replace(padded, named=None).notable)


def test_deeper_and_wider_models_may_round_more(checkpoint, tmp_path):
    """What is allowed MUST grow as the logit budget's derivation says, by the spread as recorded; never shrink."""
    plain, asked = PROFILES["cpu-fp32"], Sampling()
    assert rounding(30, 576) == rounding(6, 128, 3.4) == 1.0
    seven_billion = replace(plain, rounding=rounding(32, 4096, 3.6))
    ratio = logprob_allowance(asked, seven_billion)(0.0) / logprob_allowance(asked, plain)(0.0)
    assert 2.5 < ratio < (32 * 4096 / (30 * 576)) ** 0.5 == seven_billion.rounding
    folder = checkpoint(num_hidden_layers=30, hidden_size=576)
    session = Session(
        SimpleNamespace(description=Description("toy", "1.0")), find(str(folder)), tmp_path, "v0", "now", ()
    )
    assert GoldenSet(tmp_path, {}, Twins(str(folder))).rounding == 1.0  # of a set that does not say
    replace(session, own=True).keep(
        {"one": {"recordings/1": b"1"}, "two": {"recordings/2": b"2"}}, {"one": 7, "two": 7.4}
    )
    assert GoldenSet(tmp_path, {}, Twins(str(folder))).rounding == pytest.approx(2.0)
    assert GoldenSet(tmp_path, {}, Twins("smollm2-135m")).rounding == 1.0


def test_a_set_has_one_model(run_pytest, toy_golden, checkpoint, tmp_path, monkeypatch):
    """Another model MUST NOT add to a set, nor rollouts be sampled of it; both are refused before an engine starts."""
    (tmp_path / "transformers.py").touch()  # never imported
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    mine = (f"--golden-root={toy_golden}", f"--model={checkpoint()}", "--engine=transformers")
    done = run_pytest(*mine, "--golden-record=missing")
    assert done.code == 4
    assert "was recorded with toy; mine needs a folder of its own" in done.output
    done = run_pytest(
        f"--golden-root={toy_golden}", f"--model={mine[1].partition('=')[2]}", "--engine=v0", "--golden-record=rollouts"
    )
    assert "samples the shipped model alone" in done.output
