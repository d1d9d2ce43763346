"""The atlas as a person meets it: the filter narrows, a sign leads to its reason, a phone can read it."""

from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "atlas.html").as_uri()


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desk", "phone"])
def page(browser, request):
    width, height = request.param
    opened = browser.new_page(viewport={"width": width, "height": height})
    opened.goto(PAGE)
    yield opened
    opened.close()


def test_the_filter_leaves_what_is_asked_for(page):
    """Clauses that contain one of the words MUST be left, and their number said; nothing typed is all of them."""
    rows = page.locator("#rows tr")
    all_of_them = rows.count()
    page.fill("#filter", "caching., min_p")
    left = page.locator("#rows tr:visible th").all_inner_texts()
    assert left
    assert len(left) < all_of_them
    assert all("caching." in name or "min_p" in name for name in left)
    assert page.inner_text("#shown") == f"{len(left)} of {all_of_them} clauses"
    page.fill("#filter", "")
    assert page.locator("#rows tr:visible").count() == all_of_them


def test_a_sign_leads_to_its_reason(page):
    """What differs MUST be one click away from where it is seen."""
    page.locator("#rows a").first.click()
    anchor = page.evaluate("decodeURIComponent(location.hash.slice(1))")
    assert page.locator(f"[id='{anchor}']").is_visible()


def test_the_page_is_no_wider_than_the_window(page):
    """On a phone only the table MUST scroll sideways, and nothing be fetched."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0
