"""The architecture, held: imports run one way, and engine libraries stay inside engine processes."""

import ast
from pathlib import Path

import pytest

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
LAYERS = (
    "parameters",
    "cases observations tolerances trainer_metrics precision bootstrap",
    "sampler",
    "profiles gguf_checkpoint models",
    "engines",
    "golden_files",
    "rollouts",
    "golden_audit comparison recorder rollout_recorder shape",
    "golden_answers waivers trajectories states defaults swaps pauses updates fixes",
    "verdicts strategies noise trainer_parity",
    "live",
    "diagnosis",
    "messages evidence",
    "reports",
    "plugin",
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names.split()}
ENGINE_LIBRARIES = {"vllm", "torch", "transformers"}
FILES = sorted(p for p in FIXTURES.rglob("*.py") if p != FIXTURES / "__init__.py")


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{a.name}" for a in node.names] if node.module == "fixtures" else [node.module]
            yield from names


def _layer(dotted):
    return dotted.split(".")[1]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(FIXTURES)))
def test_imports_point_to_lower_layers(path):
    """A module MUST import only from its own layer or a lower one, and never from suites."""
    own = RANK[path.relative_to(FIXTURES).parts[0].removesuffix(".py")]
    for name in _imports(ast.parse(path.read_text())):
        assert not name.startswith(("suites", "conftest")), name
        if name.startswith("fixtures."):
            assert RANK[_layer(name)] <= own, f"{name} lies above"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(FIXTURES)))
def test_engine_libraries_are_imported_inside_functions(path):
    """No module MUST import vllm, torch or transformers at its top; pytest belongs to the plugin."""
    top = {name.split(".")[0] for name in _imports(ast.Module(ast.parse(path.read_text()).body, [])) if name}
    body = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.Import | ast.ImportFrom)]
    top = {name.split(".")[0] for name in _imports(ast.Module(body, []))}
    assert not top & ENGINE_LIBRARIES
    assert "pytest" not in top or path.is_relative_to(FIXTURES / "plugin")
