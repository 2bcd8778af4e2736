"""A real Chromium for tests of pages; where none is installed they are skipped with a word."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Return where a Chromium is installed, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


needs_browser = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed (apt-get install chromium)")


def _failed(request: Any) -> list[str]:
    """Return what failed; what a page no longer waits for when it is left is no failure."""
    return [] if "ERR_ABORTED" in str(request.failure) else [f"failed: {request.url} {request.failure}"]


@contextmanager
def opened(language: str = "en-GB", **options: Any) -> Iterator[tuple[Any, list[str]]]:
    """Yield a page of a headless Chromium, and the list of what it complains of."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(locale=language, viewport={"width": 1280, "height": 900}, **options)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.extend(_failed(request)))
        yield page, complaints
        browser.close()
