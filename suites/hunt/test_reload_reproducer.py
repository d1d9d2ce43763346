"""The reproducers of what vLLM gets wrong in silence still reproduce it: a reload on a CPU, an adapter in place."""

import json
import os
import re
import subprocess

import pytest

from fixtures.models import checkpoints as models

REPRODUCER, ADAPTER = "suites/weights/reload_on_cpu.py", "suites/adapters/adapter_in_place.py"
ENVIRONMENT = """
import json, os
from fixtures.engines.vllm import cpu as vllm_cpu
from fixtures.engines.vllm import v1 as vllm_v1
os.environ.update(vllm_v1.environment(), TORCHDYNAMO_DISABLE="1")
vllm_cpu.name_allocator()
print(json.dumps(dict(os.environ)))
"""
PACKS = "import vllm._custom_ops as kernels; print(kernels._supports_onednn)"  # not on a CPU without AVX-512


@pytest.fixture
def vllm_alone(pytestconfig):
    """Run a script under the engine's interpreter, in an engine's environment; gives what it prints."""

    def run(*arguments, **environment):
        command = [pytestconfig.getoption("engine_python"), *arguments]
        done = subprocess.run(
            command,
            cwd=pytestconfig.rootpath,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize("packing", ["packed", "unpacked"])
def test_reload_is_wrong_where_weights_are_packed(vllm_alone, packing):
    """With packed weights the reload MUST still be wrong, or its waiver is to be narrowed; else it MUST be exact."""
    environment = json.loads(vllm_alone("-c", ENVIRONMENT))
    a, b = (str(models.find(models.DEFAULT + end).path) for end in ("", models.TWIN))
    printed = vllm_alone(REPRODUCER, a, b, packing, **environment)
    packs = packing == "packed" and vllm_alone("-c", PACKS, **environment).strip().endswith("True")
    apart = float(re.search(r"is (\S+) nats from", printed).group(1))
    assert apart > 0.01 if packs else apart == 0.0, printed


def test_adapter_in_place_is_answered_from_the_old_cache(vllm_alone):
    """An adapter loaded in place MUST still be answered from the old one's cache, or its waiver is to be narrowed."""
    environment = json.loads(vllm_alone("-c", ENVIRONMENT))
    model = str(models.find(models.DEFAULT + models.SHALLOW).path)
    printed = vllm_alone(ADAPTER, model, **environment)
    cached, apart, after = re.search(r"with (\d+) cached .* is (\S+) nats .* cache (\S+)$", printed.strip()).groups()
    assert int(cached) > 0, printed
    assert float(apart) > 0.01, printed
    assert float(after) == 0.0, printed
