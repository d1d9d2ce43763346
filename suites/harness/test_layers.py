"""The architecture, kept: imports run one way, and engine libraries stay inside engine processes."""

import ast
from functools import cache
from pathlib import Path

import pytest

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
# A room may import itself and those of the lines above it.
LAYERS = (
    "asking releases",
    "models",
    "sampler states",
    "tolerances",
    "engines",
    "golden",
    "judging",
    "measuring",
    "weights precision drawn draws",
    "frozen trainer adapters zoo parallel serving kernels",
    "shapes",
    "defaults soak",
    "clauses tiers",
    "reports",
    "plugin benchmark atlas",
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names.split()}
ENGINE_LIBRARIES = {"vllm", "torch", "transformers"}
SLOW = {"matplotlib", "scipy", "jsonschema"}  # to import: every process of pytest would pay for them
FILES = sorted(p for p in FIXTURES.rglob("*.py") if p != FIXTURES / "__init__.py")
LONGEST = 200  # lines of a file
PLUGIN = 1400  # lines of pytest's glue


@cache  # when it is first asked, as a gate of an engine collects this file too
def _trees():
    return {p: ast.parse(p.read_text()) for p in FILES}


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{a.name}" for a in node.names] if node.module == "fixtures" else [node.module]
            yield from names


def _lies_above(own, name):
    """Whether a room imports what it may not: from suites, or from a room below it in the list."""
    if name.startswith(("suites", "conftest")):
        return True
    other = name.split(".")[1] if name.startswith("fixtures.") else own
    return other != own and RANK[other] >= RANK[own]


def test_imports_point_to_lower_rooms():
    """A module MUST import only itself or from rooms above it, and never from suites."""
    of_room = {p: p.relative_to(FIXTURES).parts[0].removesuffix(".py") for p in FILES}
    assert not [
        f"{p}: {name}" for p, own in of_room.items() for name in _imports(_trees()[p]) if _lies_above(own, name)
    ]


@pytest.mark.parametrize(
    ("own", "name", "above"),
    [
        ("golden", "fixtures.judging.findings", True),
        ("judging", "fixtures.golden.files", False),
        ("plugin", "suites.harness", True),
        ("weights", "fixtures.drawn.batches", True),
        ("golden", "numpy", False),
    ],
)
def test_an_import_that_runs_the_other_way_is_seen(own, name, above):
    """An import from a room below, from one beside, or from suites MUST be told from the others."""
    assert _lies_above(own, name) is above


def _at_its_top(tree):
    body = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    return {name.split(".")[0] for name in _imports(ast.Module(body, []))}


def test_imports_at_the_top_are_told_from_those_inside():
    """A library that a module imports at its top MUST be seen, and one that a function imports MUST NOT."""
    assert _at_its_top(ast.parse("from scipy import stats")) == {"scipy"}
    assert not _at_its_top(ast.parse("def draw():\n    import matplotlib.figure"))


def test_engine_libraries_and_slow_ones_are_imported_inside_functions():
    """No module MUST import vllm, torch, transformers or a slow library at its top; pytest belongs to the plugin."""
    for path, tree in _trees().items():
        top = _at_its_top(tree)
        assert not top & (ENGINE_LIBRARIES | SLOW), path
        assert "pytest" not in top or path.is_relative_to(FIXTURES / "plugin"), path


def _calls(name):
    """Files in which something of this name is called."""
    for path, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield str(path.relative_to(FIXTURES))


def test_one_place_for_rows_and_verdicts():
    """A row MUST be built in one module alone, and a verdict in one other."""
    assert set(_calls("Row")) == {"judging/evidence.py"}
    assert set(_calls("Verdict")) == {"judging/verdicts.py"}


def test_files_stay_small():
    """No file MUST be over 200 lines, and pytest's glue not over 1,400."""
    lines = {p: len(p.read_text().splitlines()) for p in FILES}
    assert not [str(p) for p, count in lines.items() if count > LONGEST]
    assert sum(count for p, count in lines.items() if p.is_relative_to(FIXTURES / "plugin")) <= PLUGIN


def test_every_room_says_what_it_is_for():
    """A folder MUST say what lives there and what may not."""
    for room in sorted(p for p in FIXTURES.iterdir() if p.is_dir() and p.name != "__pycache__"):
        said = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
        assert "Here:" in said, room.name
        assert "Not here:" in said, room.name


def test_classes_of_the_plugin_need_pytest():
    """A class in the plugin MUST be one that pytest calls: any other idea has a room of its own."""
    plugin = [p for p in FILES if p.is_relative_to(FIXTURES / "plugin")]
    classes = [n for p in plugin for n in ast.walk(_trees()[p]) if isinstance(n, ast.ClassDef)]
    for found in classes:
        assert any(isinstance(n, ast.FunctionDef) and n.name.startswith("pytest_") for n in found.body), found.name
