"""The page as a user starts it, and a browser that is let nowhere else."""

import contextlib
import functools
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START = "import sys; from sigunet import app; sys.exit(app.run(port=int(sys.argv[1])))"


@pytest.fixture(scope="module")
def served():
    """The address of the page, served by a process of its own."""
    pytest.importorskip("streamlit", reason="needs the extra app")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true"},
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(served, chromium):
    """Opens the page in a window of a size; at the end no request may have gone elsewhere."""
    asked, errors = [], []
    with contextlib.ExitStack() as stack:

        def open_page(width=1280, height=900):
            context = chromium.new_context(
                viewport={"width": width, "height": height}, accept_downloads=True
            )
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.on("request", lambda request: asked.append(request.url))
            page.on("websocket", lambda channel: asked.append(channel.url))
            page.on("pageerror", lambda error: errors.append(error))
            page.goto(served)
            page.get_by_role("button", name="Use an example").wait_for()
            # The last thing that the page draws at first.
            page.locator("img[alt='The ink that was found, on white']").wait_for(state="attached")
            page.settle = functools.partial(_settle, page)
            page.settle()
            return page

        yield open_page
    own = (served, served.replace("http", "ws", 1), "data:", f"blob:{served}")
    assert asked and not [url for url in asked if not url.startswith(own)]
    assert not errors


def _settle(page):
    """Waits until the page has caught up with its visitor."""
    page.wait_for_timeout(500)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(500)


def _wait(process, address):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the page did not start: {process.stdout.read()}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.2)
    pytest.fail("the page did not start in two minutes")
