"""models.*: the zoo's models are made by seed, the clean toy answers for each, and what it does wrong fails."""

import json

import pytest

from fixtures.engines.process import EngineFailed
from fixtures.models import architectures, checkpoints, gguf_checkpoint, stored, zoo
from fixtures.models.whose import Whose
from fixtures.zoo.asked import Asking
from fixtures.zoo.questions import QUESTIONS, SITUATIONS, crowd, small

SUITE = "suites/models/test_zoo.py"
NAMED = [
    ("skips_temperature", "llama-plain", "showed nobody's that is known here"),
    ("skips_last_chunk", "llama-chunked", "showed nobody's that is known here"),
    ("another_prompts_block", "llama-warm", "showed nobody's that is known here"),
    ("kv_dropped", "llama-swap", "showed the new weights on a recomputed KV cache"),
    ("swap_ignored", "llama-swap", "showed the old weights"),
]


def test_clean_engine_conforms(gate):
    """Every model MUST be asked in every situation, and a clean engine MUST agree."""
    done = gate("-k", "llama or mistral", suites=(SUITE,))
    assert done.code == 0, done.output
    for name in ("plain", "window", "chunked", "warm", "preempted", "swap", "update"):
        assert f"models.{name}" in done.output


@pytest.mark.parametrize(("fault", "question", "shown"), NAMED)
def test_wrong_numbers_fail(gate, fault, question, shown):
    """What an engine does wrong with a model MUST fail in its situation, by whose numbers it shows."""
    done = gate(f'--engine-setting=faults=["{fault}"]', "-k", question, suites=(SUITE,))
    assert done.code == 1, done.output
    assert shown in done.output


@pytest.fixture
def unknown(monkeypatch):
    """A release that does not know Mistral."""
    known = Asking.engine

    def engine(self):
        if self.question.architecture == "mistral":
            raise EngineFailed("engine toy failed while starting: ValueError: no mistral here\n    | its log")
        return known(self)

    monkeypatch.setattr(Asking, "engine", engine)


@pytest.mark.usefixtures("unknown")
def test_model_that_does_not_start_is_not_run(gate, declare):
    """What a release cannot run MUST be not run with the release's own reason, and pass only where it is declared."""
    done = gate("-k", "mistral-plain", suites=(SUITE,))
    assert done.code == 1
    assert "models.plain/mistral: not run: engine toy failed while starting: ValueError: no mistral here" in done.output
    declare("unreachable", "no-mistral", states=["models.plain.mistral"])
    done = gate("-k", "mistral-plain or llama-plain", suites=(SUITE,))
    assert done.code == 0, done.output


def test_declared_model_that_starts_after_all_fails(gate, declare):
    """A model that is declared out of reach and answers MUST fail, so that the declaration goes."""
    declare("unreachable", "no-mistral", states=["models.plain.mistral"])
    done = gate("-k", "mistral-plain", suites=(SUITE,))
    assert done.code == 1
    assert "no-mistral no longer holds" in done.output


def test_every_request_is_another_one():
    """Each model MUST be asked of prompts of their own length, on both sides of the window, up to its last token."""
    asked = SITUATIONS
    every = [r for s in asked for r in s.requests(1000)] + crowd(1000)
    assert len({r.prompt for r in every}) == len(every)
    assert all(999 in r.prompt and 999 in r.forced for r in every)
    window = [s for s in asked if s.state.name == "models.window"]
    assert all(length > architectures.WINDOW for s in window for length in s.prompts)
    assert {s.right for s in asked} == {Whose.TRAINER, Whose.KEPT, Whose.NEW}
    assert len(QUESTIONS) == len(architectures.CONFIGS) * len(asked)


def test_small_cache_grows_with_the_kinds_of_layer():
    """A model with two kinds of layer MUST have room for both: in half the cache its prompts wait for ever."""
    one, two = (small(architectures.CONFIGS[name])["num_gpu_blocks_override"] for name in ("llama", "gemma2"))
    assert two == 2 * one - 1


@pytest.mark.parametrize("name", architectures.CONFIGS)
def test_odd_vocabulary_is_in_the_zoo(name):
    """Each model MUST have SmolLM2's tokens, and one a vocabulary that vLLM has to pad."""
    rows = architectures.CONFIGS[name]["vocab_size"]
    assert rows >= architectures.TOKENS
    assert (rows % 64 != 0) == ("odd" in name)


TINY = architectures.CONFIGS["qwen2-odd-vocabulary"] | {"vocab_size": 6000, "num_hidden_layers": 1}


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """A zoo of one, whose cache is empty."""
    monkeypatch.setattr(zoo, "CACHE", tmp_path)
    monkeypatch.setattr(zoo, "CONFIGS", {"tiny": TINY})
    monkeypatch.setattr(gguf_checkpoint, "configuration", lambda **_: {"tokenizer.json": {}, "config.json": {}})
    monkeypatch.setattr(zoo, "FINGERPRINTS", {"tiny": "0fea"})

    def make():
        zoo.made.cache_clear()
        return zoo.made("tiny")

    yield make
    zoo.made.cache_clear()


def test_model_is_made_by_its_seed_alone(tiny, monkeypatch):
    """Made again a model MUST be the same, and one of other tensors than the table's MUST be refused."""
    with pytest.raises(checkpoints.ModelUnusable, match="remove the folder, it is made again"):
        tiny()
    (folder,) = (zoo.CACHE / "zoo").iterdir()
    monkeypatch.setattr(zoo, "FINGERPRINTS", {"tiny": checkpoints.fingerprint(folder)})
    (folder / zoo.WEIGHTS).unlink()
    assert tiny().path == folder
    assert json.loads((folder / "config.json").read_text()) == TINY
    assert {t.name: t.shape for t in stored.tensors(folder / zoo.WEIGHTS)} == dict(architectures.tensors(TINY))


def test_half_written_model_is_never_found(tiny, monkeypatch):
    """A model whose making ended early MUST leave nothing that the next run takes for it."""
    monkeypatch.setattr(stored, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        tiny()
    assert not list((zoo.CACHE / "zoo").iterdir())


def test_logits_spread_as_a_real_models():
    """The head's product with a vector of size 1 MUST spread by SmolLM2's 3.6, Gemma's after its last norm."""
    for name in ("llama", "gemma3"):
        config = architectures.CONFIGS[name] | {"vocab_size": 6000}
        head = "lm_head.weight" if name == "llama" else "model.embed_tokens.weight"
        last = zoo.values(config, "model.norm.weight", (config["hidden_size"],)) + (name == "gemma3")
        logits = zoo.values(config, head, (6000, config["hidden_size"])) @ last
        assert 3.0 < logits.std() < 4.2
