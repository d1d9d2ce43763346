"""The page of a run as a person meets it: in a real browser, on a desk and on a phone, in light and in dark."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.judging import evidence

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"desk": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")
PAGES = ("passing", "failing", "unfinished")
FIRST = 800  # pixels that are seen without scrolling
CONTRAST = 4.5  # WCAG 2.2, level AA
MEASURE = """() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(
      v => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const behind = e => { for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(c)) return c } };
  const contrast = e => { const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05) };
  const bottom = e => e.getBoundingClientRect().bottom + scrollY;
  const seen = {verdict: '#verdict h1', remedy: '#remedy p', cause: '#causes li'};
  const texts = [...document.querySelectorAll('.word, h1, #remedy p, dt, .quiet, .bad, .agrees, .waived, .undecided')];
  return {
    width: document.documentElement.scrollWidth,
    bottoms: Object.fromEntries(Object.entries(seen).map(
        ([name, at]) => [name, document.querySelector(at)]).map(([name, e]) => [name, e && bottom(e)])),
    contrasts: texts.filter(e => !e.closest('svg') && e.checkVisibility()).map(
        e => [e.textContent.trim().slice(0, 40), contrast(e)]),
    background: getComputedStyle(document.body).backgroundColor,
  } }"""


def _pytest(*arguments):
    environment = {k: v for k, v in os.environ.items() if k != "CI"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--engine=toy", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Reports of three runs of the toy: with V0's mode, with V1's default, and one that did not end."""
    folder = tmp_path_factory.mktemp("pages")
    golden = f"--golden-root={shutil.copytree(ROOT / 'suites' / 'harness' / 'toy', folder / 'golden')}"
    assert _pytest("--golden-record=all", golden).returncode == 0
    run = ("-m", "cpu", golden, "suites/logprobs", "suites/sampling", "suites/caching")
    raw = "--engine-setting=logprobs_mode=raw_logprobs"
    assert _pytest(*run, f"--report={folder / 'passing'}").returncode == 0
    assert _pytest(*run, f"--report={folder / 'failing'}", raw).returncode == 1
    assert _pytest(*run, f"--report={folder / 'unfinished'}", "--profile=nonsense").returncode == 4
    whole = folder / "whole.json"  # as if nothing of the gate had been left out
    evidence.write(whole, evidence.read(folder / "passing" / "evidence.json") | {"verdict": "pass", "left_out": []})
    make = [sys.executable, "-m", "fixtures.reports.page", whole, folder / "passing"]
    subprocess.run(make, cwd=ROOT, check=True)
    return {name: folder / name / "index.html" for name in PAGES}


def faults(browser, file, size, scheme, *, causes):
    """What a person would stumble over, in words; and the colour of the page."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    found = []
    page.on("console", lambda said: found.append(f"console: {said.text}"))
    page.on("pageerror", lambda said: found.append(f"error: {said}"))
    page.on("request", lambda asked: None if asked.url == file.as_uri() else found.append(f"request: {asked.url}"))
    page.goto(file.as_uri())
    seen = page.evaluate(MEASURE)
    page.close()
    if seen["width"] > width:
        found.append(f"overflow: {seen['width']} of {width} pixels")
    wanted = ("verdict", "remedy", "cause") if causes else ("verdict", "remedy")
    places = ((name, seen["bottoms"][name]) for name in wanted)
    found += [f"below: {name} ends at {at}" for name, at in places if at is None or at > FIRST]
    found += [f"contrast: {ratio:.1f} of {text!r}" for text, ratio in seen["contrasts"] if ratio < CONTRAST]
    return found, seen["background"]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", SIZES)
def test_page_is_read_without_effort(browser, pages, name, size):
    """Verdict, cause and remedy MUST stand in the first 800 pixels, nothing overflow, ask the network or complain.

    Dark mode MUST have a background of its own, and in both the texts that say a verdict the contrast that is read.
    """
    colours = set()
    for scheme in SCHEMES:
        found, background = faults(browser, pages[name], size, scheme, causes=name == "failing")
        assert not found, scheme
        colours.add(background)
    assert len(colours) == len(SCHEMES)


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ("<div style='width:2000px'>wide</div>", "overflow: "),
        ("<img src='https://example.invalid/x.png'>", "request: "),
        ("<script>console.log(1)</script>", "console: "),
        ("<p class='bad' style='color:#777;background:#888'>faint</p>", "contrast: "),
        ("<div style='height:900px'></div>", "below: verdict"),
    ],
)
def test_checks_see_what_they_are_for(browser, pages, tmp_path, planted, named):
    """A page that is too wide, asks the network, runs a script, is faint or starts too low MUST be named."""
    file = tmp_path / "index.html"
    text = pages["failing"].read_text()
    file.write_text(text.replace("<header", f"{planted}<header"))
    found, _ = faults(browser, file, "phone", "light", causes=True)
    assert any(fault.startswith(named) for fault in found), found


def test_no_browser_is_a_failure(monkeypatch, find_browser):
    """Where no browser is installed these tests MUST fail, with a sentence that says what to install."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(pytest.fail.Exception, match="no browser: install one of chromium"):
        find_browser()


def test_every_disagreement_can_be_opened(browser, pages):
    """Each failing finding MUST be in the page, the first of a cause open and the others one click away."""
    rows = json.loads((pages["failing"].parent / "evidence.json").read_text())["cases"]
    page = browser.new_page()
    page.goto(pages["failing"].as_uri())
    failing = [r for r in rows if r["verdict"] == "disagrees"]
    assert page.locator("#disagreements ~ h3").count() < len(failing)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    shown = page.locator("main").inner_text()
    page.close()
    assert not [r["case"] for r in failing if r["message"].partition("\n")[0] not in shown]
