"""A learner's first hour, in a real browser: run lesson 01 in JupyterLab, solve one exercise by
typing, see the check change from `○` to `✓`.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
TOKEN = "browser-test"


def find_browser() -> str | None:
    """A browser on this machine, or the one that playwright has installed."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found:
        return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


BROWSER = find_browser()
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no browser here: install chromium, or `playwright install chromium`"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a copy of the notebooks; gives the address of lesson 01."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(folder / "config")}
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
            f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={TOKEN}",
        ],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{base}/api?token={TOKEN}", timeout=1).close()
            break
        except OSError:
            time.sleep(0.5)
    yield f"{base}/doc/tree/notebooks/01_embeddings_and_search.ipynb?token={TOKEN}"
    server.terminate()
    server.wait(20)


def test_a_learner_runs_lesson_01_and_solves_an_exercise(lab):
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(lab)
        notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        title = notebook.get_by_role("heading", name="How does a machine find the right")
        expect(title).to_be_visible(timeout=60_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        outputs = notebook.locator(".jp-OutputArea-output")
        expect(outputs.filter(has_text="answers with a citation")).to_be_attached(timeout=180_000)
        assert not page.locator("[data-mime-type='application/vnd.jupyter.error']").count()
        for name in ("1.1", "1.2", "1.3"):
            expect(
                outputs.filter(has_text=f"○ Exercise {name}: not attempted yet")
            ).to_be_attached()

        stub = notebook.locator(".jp-CodeCell", has_text="def cosine(a, b):").first
        body = stub.locator(".cm-line", has_text="raise NotImplementedError")
        body.scroll_into_view_if_needed()
        body.click()
        page.keyboard.press("Home")
        page.keyboard.press("Shift+End")
        page.keyboard.type("return a @ b / np.sqrt((a @ a) * (b @ b))")
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")
        expect(outputs.filter(has_text="✓ Exercise 1.1")).to_be_attached(timeout=30_000)
        browser.close()
