"""In a real browser: a learner runs lesson 01 in JupyterLab and solves one exercise by typing; the
panels of the later lessons are used with the keyboard alone, read in both themes, and while the
kernel is busy.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright
from waiting import PATIENCE, answer_of

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
TOKEN = "browser-test"


def find_browser() -> str | None:
    """A browser on this machine, or the one that playwright has installed."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found:
        return found
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


# The contrast of each text in the outputs: what lies below it is painted on one pixel, the text's
# colour on top, as the browser itself understands the colours.
CONTRASTS = """() => {
    const paint = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const seen = (colours) => {
        for (const colour of colours) { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); }
        return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (rgb) => rgb.map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement, words = walker.currentNode.data.trim();
        if (!words || !element.closest('.jp-OutputArea-output') || !element.checkVisibility()
                || element.closest('style, :disabled')) continue;
        const grounds = ['white'];
        for (let e = element; e; e = e.parentElement)
            grounds.splice(1, 0, getComputedStyle(e).backgroundColor);
        const [low, high] = [seen(grounds), seen([...grounds, getComputedStyle(element).color])]
            .map(light).sort((a, b) => a - b);
        found.push([(high + 0.05) / (low + 0.05), words.slice(0, 60)]);
    }
    return found;
}"""


def choose_theme(page, name: str) -> None:
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item", has_text=re.compile("^Theme")).hover()
    page.locator(".lm-Menu-item", has_text=name).first.click()
    is_light = str(name == "JupyterLab Light").lower()
    page.locator(f"body[data-jp-theme-light='{is_light}']").wait_for(state="attached")


def test_the_panels_can_be_read_in_the_light_and_in_the_dark_theme(lab, page):
    page.set_viewport_size({"width": 1280, "height": 6000})  # JupyterLab draws what is in view
    page.goto(lab("panels"))
    expect(page.locator(".jp-CodeCell").first).to_be_visible()
    outputs = run_all(page)
    expect(outputs.filter(has_text="The verdict comes")).to_be_attached()
    page.get_by_role("button", name="nothing of this is true").click()
    expect(outputs.filter(has_text="There is not enough to train on")).to_be_attached()
    page.get_by_role("button", name="fine-tuning", exact=True).click()
    expect(outputs.filter(has_text="✗ The reference says retrieval")).to_be_attached()
    page.get_by_placeholder("write as a customer would").fill("Where is my invoice?")
    page.get_by_role("button", name="Send").click()
    expect(outputs.filter(has_text="Your Stockwren support")).to_be_attached()
    expect(outputs.filter(has_text="weights verified")).to_be_attached()
    page.evaluate("document.querySelectorAll('details').forEach((folded) => folded.open = true)")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        choose_theme(page, theme)
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 60
        assert [found for found in contrasts if found[0] < 4.5] == [], theme


PANEL = "from helpers import widgets\nwidgets.decision_panel()"
WAITS = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.1)"


def put(lab, page, name: str, content: dict) -> None:
    """Write a file beside the notebooks, as JupyterLab itself does."""
    base = lab("x").partition("/doc/")[0]
    answer = page.request.put(
        f"{base}/api/contents/notebooks/{name}",
        data=content, headers={"Authorization": f"token {TOKEN}"},
    )  # fmt: skip
    assert answer.ok, answer.text()


def test_a_panel_says_that_the_kernel_is_busy_and_comes_back_after_a_reload(lab, page):
    put(lab, page, "busy.ipynb", {"type": "notebook", "content": notebook_of([PANEL, WAITS])})
    page.goto(lab("busy"))
    expect(page.locator(".jp-CodeCell").first).to_be_visible()
    outputs = run_all(page)
    note = page.get_by_text("The kernel is busy")
    expect(note).to_be_visible()
    often = page.get_by_text("What the model must know changes often", exact=True)
    often.click()
    expect(note).to_be_visible()
    assert outputs.filter(has_text="What changes must be looked up").count() == 0
    put(lab, page, "go", {"type": "file", "format": "text", "content": ""})
    expect(outputs.filter(has_text="What changes must be looked up")).to_be_attached()
    expect(note).to_be_hidden()

    page.keyboard.press("ControlOrMeta+s")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("What changes must be looked up")).to_be_visible()
    expect(page.get_by_role("checkbox").first).to_be_checked()
    page.get_by_text("Answers must show their source", exact=False).click()
    expect(page.get_by_role("checkbox").nth(1)).to_be_checked()
