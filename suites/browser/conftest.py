"""The browser that the system has, driven by playwright."""

import os
import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def executable():
    """The system's browser; a run without one fails, as nothing passes by being skipped."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail(f"no browser: install one of {', '.join(BROWSERS)} (Debian and Ubuntu: chromium)")
    return found


@pytest.fixture
def find_browser():
    """What looks for it."""
    return executable


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium, driven by playwright."""
    found = executable()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.fail("no playwright: run .venv/bin/tox run -e browser, which installs it")
    with sync_playwright() as driver:
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=found, args=as_root)
        yield browser
        browser.close()
