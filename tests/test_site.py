"""The web site's own parts: links, pages, slides, and the check of what came out.

The finished site is looked at in a browser by `tests/check_site.py`, which `make test-site` runs.
"""

import doctest

import nbformat
import pytest
import website.links
import website.pages
from build_site import FRAME, THEME, framed
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from website.check import broken
from website.fitting import LINES, fitting, height, split_blocks, tables
from website.links import Links
from website.pages import PANEL, lesson_page
from website.slides import deck

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def figure(alt="A line that falls."):
    metadata = {"image/png": {"alt": alt}} if alt else {}
    return new_output("display_data", {"image/png": PIXEL}, metadata=metadata)


def prints(text):
    return [new_output("stream", name="stdout", text=text)]


def lesson(*cells):
    head = "# Why?\n\nContext.\n\n**7 minutes** · needs nothing\n\n## You will be able to\n\n- see"
    return new_notebook(cells=[new_markdown_cell(head), *cells])


@pytest.mark.parametrize("module", [website.links, website.pages])
def test_examples_hold(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


# Links


@pytest.fixture
def links(tmp_path):
    for name in ("data/a.csv", "docs/picture.png", "src/one.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    pages = {"README.md": "index.md", "docs/guide.md": "docs/guide.md"}
    pages |= {f"{folder}/01_a.ipynb": "lessons/01_a.ipynb" for folder in ("notebooks", "solutions")}
    return Links(tmp_path, pages)


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("README.md", "[a](notebooks/01_a.ipynb)", "[a](lessons/01_a.ipynb)"),
        ("docs/guide.md", "[a](../solutions/01_a.ipynb#top)", "[a](../lessons/01_a.ipynb#top)"),
        ("docs/guide.md", "[start](../README.md#start)", "[start](../index.md#start)"),
        ("solutions/01_a.ipynb", "[a](01_a.ipynb)", "[a](01_a.ipynb)"),
        ("solutions/01_a.ipynb", "[rows](../data/a.csv)", "[rows](path:../files/data/a.csv)"),
        ("README.md", "![it](docs/picture.png)", "![it](files/docs/picture.png)"),
        ("README.md", "all of [the data](data/)", "all of the data"),
        ("README.md", "[there](https://example.org/a.md)", "[there](https://example.org/a.md)"),
        ("README.md", "[below](#start)", "[below](#start)"),
        ("README.md", "[gone](nowhere.md)", "[gone](nowhere.md)"),
        ("README.md", "```\n[a](src/one.py)\n```", "```\n[a](src/one.py)\n```"),
    ],
)
def test_links_lead_to_pages_and_downloads(links, source, text, expected):
    assert links.rewrite(text, source) == expected


def test_files_that_are_linked_are_collected(links):
    links.rewrite("[one](src/one.py) [page](docs/guide.md) [gone](x.py)", "README.md")
    assert links.files == {"src/one.py"}


# Pages


def test_a_page_describes_its_figures_and_leaves_the_lesson_as_it_was():
    notebook = lesson(new_code_cell("draw()", outputs=[figure("A line\nthat falls.")]))
    before = nbformat.writes(notebook)
    page = lesson_page(notebook, "01_a")
    assert page.cells[1].metadata["mystnb"] == {"image": {"alt": "A line that falls."}}
    assert nbformat.writes(notebook) == before


def test_a_figure_without_a_description_is_named():
    notebook = lesson(new_code_cell("draw()", outputs=[figure("")]))
    with pytest.raises(ValueError, match="01_a, cell 2: the figure has no alt text"):
        lesson_page(notebook, "01_a")


def test_a_live_panel_becomes_a_note():
    panel = new_output("execute_result", {PANEL: {}, "text/plain": "VBox(children=…"})
    page = lesson_page(lesson(new_code_cell("panel()", outputs=[panel])), "01_a")
    assert list(page.cells[1].outputs[0].data) == ["text/html"]
    assert "needs a running Python" in page.cells[1].outputs[0].data["text/html"]


def test_a_page_offers_the_learners_notebook_and_the_slides_below_its_title():
    head = lesson_page(lesson(), "01_a").cells[0].source
    assert head.startswith("# Why?\n")
    assert head.index("files/notebooks/01_a.ipynb") < head.index("Context.")
    assert 'href="../slides/01_a.html"' in head


def test_every_place_in_the_frame_is_filled():
    for name in ("index.md", "lessons.md", "slides.md"):
        fillings = dict.fromkeys(("readme", "guides", "list", "contents"), "filled")
        assert "filled" in framed(name, **fillings)
        assert "{readme}" not in framed(name, **fillings)


def test_the_theme_of_the_slides_is_the_one_that_is_kept():
    configuration = (FRAME / "slides" / "conf.py").read_text(encoding="utf-8")
    assert f'revealjs_style_theme = "{THEME}"' in configuration


# Slides


def titles(made):
    return [slide.partition("\n")[0] for slide in made.slides]


def test_a_deck_has_title_sections_predictions_figures_and_recap():
    made = deck(
        lesson(
            new_markdown_cell("## Setup\n\nImports."),
            new_markdown_cell("## 1 · One\n\nIdea.\n\n**Predict.** Up?\n\n1. Yes\n2. No\n\nWait."),
            new_code_cell("draw()", outputs=[figure()]),
            new_markdown_cell(
                "<details><summary><b>What we saw</b></summary>\n\nDown.\n\n</details>"
            ),
            new_markdown_cell("### Exercise 1.1 · add\n\n*4 minutes*\n\nAdd them.\n\nMore."),
            new_markdown_cell("**Why it works.**", metadata={"tags": ["solution"]}),
            new_markdown_cell("## Recap\n\nYou saw it.\n\nIn figures:"),
            new_code_cell("print(1)", outputs=prints("one 1\n")),
            new_code_cell("tidy()", outputs=prints("tidied\n")),
        ),
        "01_a",
    )
    assert titles(made) == [
        "# Why?", "## You will be able to", "## 1 · One", "### Predict", "### 1 · One",
        "### What we saw", "### Exercise 1.1 · add", "## Recap", "### Recap",
    ]  # fmt: skip
    assert made.slides[0] == "# Why?\n\nContext.\n\n**7 minutes**"
    assert made.slides[3] == "### Predict\n\nUp?\n\n1. Yes\n2. No"
    assert ":alt: A line that falls." in made.slides[4]
    assert made.slides[5].endswith("Down.")
    assert made.slides[6].endswith("Add them.")
    assert made.slides[8] == "### Recap\n\nIn figures:\n\n```text\none 1\n```"
    assert list(made.pictures) == ["01_a-4.png"]


def test_what_was_printed_after_a_prediction_stands_above_what_was_seen():
    made = deck(
        lesson(
            new_markdown_cell("## 1 · One\n\nIdea.\n\n**Predict.** How many?\n\n1. Two"),
            new_code_cell("2", outputs=[new_output("execute_result", {"text/plain": "2"})]),
            new_markdown_cell("**What we saw.** Two.\n\nSomething else."),
        ),
        "01_a",
    )
    assert made.slides[-1] == "### What we saw\n\n```text\n2\n```\n\nTwo."


def test_a_section_without_an_idea_begins_with_its_prediction():
    text = (
        "## 1 · One\n\n**Predict.** Up?\n\n1. Yes\n\n## 2 · Two\n\n### Exercise 2.1 · add\n\nAdd."
    )
    made = deck(lesson(new_markdown_cell(text)), "01_a")
    assert made.slides[-2:] == [
        "## 1 · One\n\nUp?\n\n1. Yes",
        "### Exercise 2.1 · add\n\nAdd.",
    ]


def test_headings_in_code_are_no_slides():
    made = deck(lesson(new_markdown_cell("## 1 · One\n\n```python\n# add\na + b\n```")), "01_a")
    assert titles(made)[-1] == "## 1 · One"
    assert "# add" in made.slides[-1]


def test_words_that_announce_what_is_not_shown_are_left_out():
    made = deck(lesson(new_markdown_cell("## 1 · One\n\nRead first. Here they are:")), "01_a")
    assert made.slides[-1] == "## 1 · One\n\nRead first."


def test_links_inside_the_project_become_words_on_slides():
    text = "## 1 · One\n\nSee [lesson 02](02_b.ipynb) and [there](https://example.org)."
    made = deck(lesson(new_markdown_cell(text)), "01_a")
    assert made.slides[-1].endswith("See lesson 02 and [there](https://example.org).")


def test_long_text_goes_on_on_another_slide():
    blocks = ["word " * 60, "word " * 60, "word " * 60]
    portions = list(fitting(blocks))
    assert [block for portion in portions for block in portion] == blocks
    assert len(portions) > 1
    assert all(sum(map(height, portion)) < LINES + 1 for portion in portions)


def test_a_long_table_is_cut_between_rows_and_keeps_its_head():
    head = "| a | b |\n|---|---|"
    rows = [f"| {number} | text |" for number in range(30)]
    parts = tables("\n".join([head, *rows]))
    assert len(parts) > 1
    assert all(part.startswith(head) for part in parts)
    assert [row for part in parts for row in part.splitlines()[2:]] == rows


def test_blank_lines_in_code_do_not_cut_it():
    assert split_blocks("a\n\n```\nb\n\nc\n```\n\nd") == ["a", "```\nb\n\nc\n```", "d"]


# The check of the finished site


def site(folder, body, *, css=""):
    (folder / "there.html").write_text('<h1 id="here">There</h1>', encoding="utf-8")
    (folder / "a b.png").write_bytes(b"")
    (folder / "site.css").write_text(css, encoding="utf-8")
    (folder / "index.html").write_text(body, encoding="utf-8")
    return broken(folder)


@pytest.mark.parametrize(
    "body",
    [
        '<a href="there.html#here">there</a> <a href="#">top</a> <p id="p"></p><a href="#p">p</a>',
        '<img src="a%20b.png" alt="a line"> <img src="data:image/png;base64," alt="inline">',
        '<a href="https://example.org/">elsewhere</a> <a href="mailto:a@b.example">write</a>',
        '<link rel="stylesheet" href="site.css?v=1"> <script>1 < 2</script>',
    ],
)
def test_a_whole_site_has_no_problem(tmp_path, body):
    assert site(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="gone.html">', "link to what is not on the site: gone.html"),
        ('<a href="there.html#gone">', "link to an anchor that is not there: there.html#gone"),
        ('<a href="#gone">', "link to an anchor that is not there: #gone"),
        ('<img src="gone.png" alt="a line">', "is not on the site: gone.png"),
        ('<img src="a%20b.png">', "image without alt text: a%20b.png"),
        ('<img src="a%20b.png" alt=" ">', "image without alt text: a%20b.png"),
        ('<script src="//cdn.example/a.js"></script>', "from another host: //cdn.example/a.js"),
        ('<link href="https://cdn.example/a.css">', "another host: https://cdn.example/a.css"),
    ],
)
def test_what_is_broken_is_named(tmp_path, body, problem):
    (found,) = site(tmp_path, body)
    assert found.startswith("index.html: ")
    assert found.endswith(problem)


@pytest.mark.parametrize(
    ("css", "count"),
    [
        ("a { background: url('a%20b.png') }", 0),
        ("a { background: url(data:image/png;base64,AA) }", 0),
        ("@import url(https://cdn.example/font.css);", 1),
        ('@import "//cdn.example/font.css";', 1),
        ("a { src: url(gone.woff2?#iefix) }", 1),
    ],
)
def test_style_sheets_load_from_this_site_only(tmp_path, css, count):
    assert len(site(tmp_path, "", css=css)) == count
