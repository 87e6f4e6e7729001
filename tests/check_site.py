"""The finished site in a real browser: accessibility, search, keyboard, phones, slides.

Run by `make test-site`, which builds the site first. `make test` does not collect this file: it
needs the packages of the site and takes minutes.
"""

import functools
import http.server
import re
import threading
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from test_browser import BROWSER, lab, run_all  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
LESSONS = sorted(path.stem for path in (SITE / "lessons").glob("[0-9]*.html"))
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if path.parent != SITE / "slides" and "_static" not in path.parts
)
OPEN = "document.querySelectorAll('details').forEach((folded) => folded.open = true)"
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no browser here: install chromium, or `playwright install chromium`"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, *details: object) -> None:
        pass


@pytest.fixture(scope="module")
def address():
    """Where the site is served on loopback."""
    handler = functools.partial(Quiet, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, address):
    """Open a page of the site; what it asks another host for is refused and fails the test."""
    contexts, elsewhere = [], []

    def open_page(path, *, width=1280, height=720, scheme="light"):
        viewport = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)

        def guard(route):
            if route.request.url.startswith(address):
                route.continue_()
            else:
                elsewhere.append(route.request.url)
                route.abort()

        context.route(re.compile("^(?!data:)"), guard)
        page = context.new_page()
        page.goto(f"{address}/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert elsewhere == []


def serious(page, context=None) -> list[str]:
    """What axe finds that shuts somebody out: the rule, and the elements that break it."""
    violations = Axe().run(page, context=context).response["violations"]
    return [
        f"{violation['id']}: {[node['html'][:200] for node in violation['nodes']]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]


def test_there_is_a_page_and_a_deck_for_each_lesson():
    names = [path.stem for path in sorted((ROOT / "lessons").glob("[0-9]*.py"))]
    assert names == LESSONS
    assert names == sorted(path.stem for path in (SITE / "slides").glob("[0-9]*.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_shuts_nobody_out(visit, path, scheme):
    page = visit(path, scheme=scheme)
    page.evaluate(OPEN)
    assert serious(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_on_a_phone(visit, path):
    page = visit(path, width=390, height=844)
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_shows_its_figures_with_their_descriptions(visit, name):
    notebook = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
    expected = [
        " ".join(output.metadata["image/png"]["alt"].split())
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    images = visit(f"lessons/{name}.html").locator(".cell_output img")
    assert [image.get_attribute("alt") for image in images.all()] == expected


@pytest.mark.parametrize("name", LESSONS)
def test_search_finds_a_word_of_each_lesson(visit, name):
    source = (ROOT / "lessons" / f"{name}.py").read_text(encoding="utf-8")
    word = re.search(r"^# \| \*([\w ]+)\* \|", source, re.M)[1]
    page = visit(f"search.html?q={word}")
    title = re.search(r"^# # (.+)$", source, re.M)[1]
    expect(page.locator("#search-results").get_by_text(title).first).to_be_visible()


def test_the_site_opens_from_its_folder(browser):
    page = browser.new_page()
    page.goto(f"{(SITE / 'search.html').as_uri()}?q=reciprocal")
    page.locator("#search-results").get_by_text("How good is it").first.click()
    expect(page.locator("article h1")).to_contain_text("How good is it")
    page.close()


def test_the_keyboard_is_enough(visit):
    page = visit("index.html")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to main content")
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("reciprocal rank")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=reciprocal*")
    result = page.locator("#search-results a").first
    expect(result).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if result.evaluate("(link) => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/lessons/*")


def test_the_site_has_a_dark_mode(visit):
    colours = [
        visit("index.html", scheme=scheme).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]
    assert colours[0] == "rgb(255, 255, 255)"
    assert max(map(int, re.findall(r"\d+", colours[1]))) < 50


@pytest.mark.parametrize("name", LESSONS)
def test_the_learners_notebook_is_there_to_download(visit, name):
    page = visit(f"lessons/{name}.html")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("The learner.s notebook")).click()
    assert download.value.suggested_filename == f"{name}.ipynb"
    learners = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    assert download.value.path().read_text(encoding="utf-8") == learners


CLIPPED = """() => {
    const slide = Reveal.getCurrentSlide(), found = [];
    for (const element of [slide, ...slide.querySelectorAll('*')]) {
        const box = element.getBoundingClientRect();
        if (box.width && (box.left < 0 || box.top < 0 || box.right > innerWidth
                || box.bottom > innerHeight - 20))
            found.push(`${Reveal.getSlidePastCount() + 1} ${slide.innerText.slice(0, 40)}`);
    }
    return [...new Set(found)];
}"""


SMALLEST = """() => Math.min(...[...document.querySelectorAll('.reveal p, .reveal li')].map(
    (text) => parseFloat(getComputedStyle(text).fontSize) * Reveal.getScale()))"""
DARK = """() => getComputedStyle(document.querySelector('.reveal-viewport')).backgroundColor
    .match(/\\d+/g).every((part) => part < 50)"""


@pytest.mark.parametrize(
    ("width", "height", "scheme"),
    [(1280, 720, "light"), (1280, 720, "dark"), (390, 844, "light"), (360, 640, "dark")],
)
@pytest.mark.parametrize("name", LESSONS)
def test_no_slide_is_clipped(visit, name, width, height, scheme):
    page = visit(f"slides/{name}.html", width=width, height=height, scheme=scheme)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.wait_for_load_state("networkidle")
    assert serious(page) == []
    assert page.evaluate(DARK) == (scheme == "dark")
    assert page.evaluate(SMALLEST) >= 12
    clipped = []
    for _ in range(page.evaluate("Reveal.getTotalSlides()")):
        clipped += page.evaluate(CLIPPED)
        page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.isLastSlide()")
    assert clipped == []


def test_the_slides_follow_a_phone_that_is_turned(visit):
    page = visit(f"slides/{LESSONS[0]}.html", width=390, height=700)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    assert page.evaluate("Reveal.getConfig().width") == 640
    page.set_viewport_size({"width": 700, "height": 390})
    page.wait_for_function("Reveal.getConfig().width === 1280")


@pytest.mark.parametrize("name", LESSONS)
def test_the_slides_can_be_read_by_everybody(visit, name):
    page = visit(f"slides/{name}.html?print-pdf")
    page.locator(".pdf-page").first.wait_for()
    assert serious(page) == []


@pytest.mark.parametrize("name", ["01_embeddings_and_search", "panels"])
def test_what_a_lesson_shows_in_jupyterlab_shuts_nobody_out(lab, browser, name):  # noqa: F811
    """Its text and outputs; JupyterLab's own menus and cells are its makers' matter.

    JupyterLab gives pictures no alt text, whatever their metadata say, so each figure must be
    followed by its words, which axe cannot know.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 20_000})  # it draws what is in view
    page.goto(lab(name))
    outputs = run_all(page)
    last = "answers with a citation" if name.startswith("01") else "What the model must know"
    expect(outputs.filter(has_text=last)).to_be_attached(timeout=180_000)
    page.evaluate(OPEN)
    shown = {"include": [[".jp-MarkdownOutput"], [".jp-OutputArea-output"]]}
    found = [problem for problem in serious(page, shown) if not problem.startswith("image-alt")]
    assert found == []
    figures = page.locator(".jp-RenderedImage")
    words = page.locator(".jp-OutputArea-child:has(.jp-RenderedImage) + .jp-OutputArea-child")
    assert words.count() == figures.count()
    assert all(text.startswith("The figure in words") for text in words.all_inner_texts())
    page.close()
