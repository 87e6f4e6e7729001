"""The panels in a real browser: read in both themes, and while the kernel is busy."""

import re

import pytest
from playwright.sync_api import expect
from test_browser import BROWSER, TOKEN, lab, notebook_of, page, run_all  # noqa: F401

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no browser here: install chromium, or `playwright install chromium`"
)


@pytest.fixture(autouse=True)
def patience(page):  # noqa: F811
    """A busy machine may take its time; nothing here is about speed."""
    expect.set_options(timeout=300_000)
    page.set_default_timeout(300_000)
    yield
    expect.set_options(timeout=5_000)


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


def choose_theme(page, name: str) -> None:  # noqa: F811
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item", has_text=re.compile("^Theme")).hover()
    page.locator(".lm-Menu-item", has_text=name).first.click()
    is_light = str(name == "JupyterLab Light").lower()
    page.locator(f"body[data-jp-theme-light='{is_light}']").wait_for(state="attached")


def test_the_panels_can_be_read_in_the_light_and_in_the_dark_theme(lab, page):  # noqa: F811
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


def put(lab, page, name: str, content: dict) -> None:  # noqa: F811
    """Write a file beside the notebooks, as JupyterLab itself does."""
    base = lab("x").partition("/doc/")[0]
    answer = page.request.put(
        f"{base}/api/contents/notebooks/{name}",
        data=content, headers={"Authorization": f"token {TOKEN}"},
    )  # fmt: skip
    assert answer.ok, answer.text()


def test_a_panel_says_that_the_kernel_is_busy_and_comes_back_after_a_reload(lab, page):  # noqa: F811
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
