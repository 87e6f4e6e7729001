"""In a real browser: a learner runs lesson 01 in JupyterLab and solves one exercise by typing, and
the panels of the later lessons are used with the keyboard alone.
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from waiting import PATIENCE, answer_of

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
    """JupyterLab on a copy of the notebooks and on the panels; gives the address of a notebook."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    nbformat.write(panels(), folder / "notebooks" / "panels.ipynb")
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
    answer_of(f"{base}/api?token={TOKEN}", lambda: server.poll() is None)
    yield lambda name: f"{base}/doc/tree/notebooks/{name}.ipynb?token={TOKEN}"
    server.terminate()
    server.wait(PATIENCE)


def panels() -> nbformat.NotebookNode:
    """A notebook with a panel in each cell; nothing in it has to be trained."""
    cells = [
        "from helpers import doctor, widgets\nwidgets.decision_panel()",
        "from helpers.data import load_scenarios\nwidgets.scenario_cards(load_scenarios()[:2])",
        "from helpers.costs import Usage\nwidgets.cost_worksheet(Usage(1e6, 50, 950, 0, 0, 0, 0))",
        "from helpers.assistant import Assistant, Triage\n"
        "widgets.chat_panel(Assistant(Triage('offline-minilm'), None, least_confidence=0))",
        "from helpers.highlights import draw_chunks\nfrom helpers.chunking import Chunk\n"
        "draw_chunks('One. Two.', [Chunk('One.', 0, 4, ''), Chunk('. Two.', 3, 9, '')], "
        "marked=[(5, 8)], retrieved=[Chunk('One.', 0, 4, '')], title='Chunks')",
        "doctor.preflight()",
    ]
    return notebook_of(cells)


def notebook_of(cells: list[str]) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )


@pytest.fixture
def page(lab):
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PATIENCE * 1000)
        yield page
        browser.close()


def run_all(page):
    """Run every cell as soon as the kernel is there; gives the outputs."""
    page.get_by_role("button", name="| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output")


def tab_to(page, words: str) -> None:
    """Press the tabulator until the control with these words or placeholder has the focus."""
    named = """(words) => {
        const e = document.activeElement;
        if (!e || !e.closest('.jp-OutputArea')) return false;
        const label = e.closest('label, .widget-text, .widget-textarea, .widget-inline-hbox');
        return [e.innerText, e.placeholder, label && label.innerText].some(
            (text) => text && text.includes(words));
    }"""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate(named, words):
            return
    raise AssertionError(f"the tabulator never reaches {words!r}")


def test_the_panels_are_used_with_the_keyboard_alone(lab, page):
    from playwright.sync_api import expect

    page.goto(lab("panels"))
    expect(page.locator(".jp-CodeCell").first).to_be_visible()
    outputs = run_all(page)
    chat = page.get_by_placeholder("write as a customer would")
    expect(chat).to_be_attached()
    expect(outputs.filter(has_text="The verdict comes with the first answer")).to_be_attached()
    page.locator(".jp-Notebook").first.focus()

    tab_to(page, "What the model must know changes often")
    page.keyboard.press("Space")
    expect(outputs.filter(has_text="What changes must be looked up")).to_be_attached()

    tab_to(page, "fine-tuning")
    page.keyboard.press("Enter")
    expect(outputs.filter(has_text="✗ The reference says retrieval")).to_be_attached()
    tab_to(page, "next card")
    page.keyboard.press("Enter")
    expect(outputs.filter(has_text="2 of 2")).to_be_attached()

    tab_to(page, "input")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    expect(outputs.filter(has_text="2,000.00")).to_be_attached()

    tab_to(page, "write as a customer would")
    page.keyboard.type("Is <b>this</b> text?")
    tab_to(page, "Send")
    page.keyboard.press("Enter")
    answered = outputs.filter(has_text="Your Stockwren support")
    expect(answered).to_be_attached()
    expect(answered).to_contain_text("Is <b>this</b> text?")
    tab_to(page, "How it came about")
    page.keyboard.press("Enter")
    expect(page.locator("details[open] table")).to_be_visible()


def test_a_learner_runs_lesson_01_and_solves_an_exercise(lab, page):
    from playwright.sync_api import expect

    page.goto(lab("01_embeddings_and_search"))
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    title = notebook.get_by_role("heading", name="How does a machine find the right")
    expect(title).to_be_visible()
    outputs = run_all(page)
    expect(outputs.filter(has_text="answers with a citation")).to_be_attached()
    assert not page.locator("[data-mime-type='application/vnd.jupyter.error']").count()
    for name in ("1.1", "1.2", "1.3"):
        expect(outputs.filter(has_text=f"○ Exercise {name}: not attempted yet")).to_be_attached()

    stub = notebook.locator(".jp-CodeCell", has_text="def cosine(a, b):").first
    body = stub.locator(".cm-line", has_text="raise NotImplementedError")
    body.scroll_into_view_if_needed()
    body.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type("return a @ b / np.sqrt((a @ a) * (b @ b))")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(outputs.filter(has_text="✓ Exercise 1.1")).to_be_attached()
