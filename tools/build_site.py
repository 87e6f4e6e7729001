"""Build the web site into `site/`: lessons with their stored outputs, guides, slides, downloads.

Run by `make site`. Nothing is executed. What Sphinx reads is put together in
`.workshop/site/`, so that links between files can become links between pages; the frame is in
`docs/site/`. The last step looks through the finished pages; what is broken replaces nothing.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from build_notebooks import LESSONS, ROOT, lesson_map
from website.check import broken
from website.links import FILES, Links
from website.pages import contents, lesson_list, lesson_page
from website.slides import deck

FRAME = ROOT / "docs" / "site"
SITE = ROOT / "site"
STAGE = ROOT / ".workshop" / "site"
BUILT = STAGE / "built"
THEME = "white-contrast"  # of reveal.js, as docs/site/slides/conf.py has it
GUIDES = ["docs/*.md", "deploy/*.md", "CONTRIBUTING.md"]  # beside README.md and the lessons


def put_together() -> None:
    """Write what Sphinx reads: pages and slides."""
    shutil.rmtree(STAGE, ignore_errors=True)
    names = [path.stem for path in sorted(LESSONS.glob("[0-9]*.py"))]
    guides = [
        path.relative_to(ROOT).as_posix()
        for pattern in GUIDES
        for path in sorted(ROOT.glob(pattern))
    ]
    pages = {"README.md": "index.md"} | {guide: guide for guide in guides}
    for folder in ("solutions", "notebooks"):
        pages |= {f"{folder}/{name}.ipynb": f"lessons/{name}.ipynb" for name in names}
    links = Links(ROOT, pages)

    for name in names:
        notebook = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
        slides = deck(notebook, name)
        write(f"slides/{name}.md", slides.markdown)
        for file, picture in slides.pictures.items():
            write(f"slides/{file}", picture)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = links.rewrite(cell.source, f"solutions/{name}.ipynb")
        page = lesson_page(notebook, name)
        write(f"pages/lessons/{name}.ipynb", nbformat.writes(page))
        links.files.add(f"notebooks/{name}.ipynb")
    table = lesson_map()
    fillings = {"list": lesson_list(table), "contents": contents(table)}
    write("pages/lessons/index.md", framed("lessons.md", **fillings))
    write("slides/index.md", framed("slides.md", **fillings))
    for guide in guides:
        write(f"pages/{guide}", links.rewrite(read(guide), guide))
    readme = links.rewrite(read("README.md"), "README.md")
    write("pages/index.md", framed("index.md", readme=readme, guides="\n".join(guides)))
    for file in sorted(links.files):
        write(f"pages/{FILES}/{file}", (ROOT / file).read_bytes())


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def write(path: str, content: str | bytes) -> None:
    target = STAGE / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)


def framed(name: str, **fillings: str) -> str:
    """A file of the frame with `{word}` on a line of its own replaced."""
    text = (FRAME / name).read_text(encoding="utf-8")
    for word, filling in fillings.items():
        lines = [filling if line == f"{{{word}}}" else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    return text


def run_sphinx(builder: str, configuration: Path, source: str, target: Path) -> None:
    """Build, with every warning an error."""
    command = [sys.executable, "-m", "sphinx", "-b", builder, "-c", str(configuration)]
    command += ["-d", str(STAGE / "doctrees" / builder), "-W", "--keep-going", "-q"]
    result = subprocess.run([*command, str(STAGE / source), str(target)], check=False)
    if result.returncode:
        sys.exit("The site was not built: Sphinx names the reasons above.")


def drop_unused() -> None:
    """Remove what the packages bring and no page loads; some of it would ask other hosts."""
    reveal = BUILT / "slides" / "_static" / "revealjs"
    unused = [path for path in (reveal / "plugin").iterdir() if path.name != "notes"]
    unused += [path for path in (reveal / "dist" / "theme").glob("*.css") if path.stem != THEME]
    for pattern in ("*.map", "*.esm.js", "*.scss", "webpack-macros.html"):
        unused += BUILT.rglob(pattern)
    for path in unused:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def main() -> int:
    argparse.ArgumentParser(description="Build the web site into site/.").parse_args()
    began = time.monotonic()
    put_together()
    run_sphinx("html", FRAME, "pages", BUILT)
    run_sphinx("revealjs", FRAME / "slides", "slides", BUILT / "slides")
    drop_unused()
    problems = broken(BUILT)
    for problem in problems:
        print(problem)
    if problems:
        print(f"The site was not replaced: {len(problems)} problems, above.")
        return 1
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.move(BUILT, SITE)
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) / 1e6
    count = len(list(SITE.rglob("*.html")))
    print(f"{count} pages, {size:.1f} MB, in {time.monotonic() - began:.0f} seconds")
    print("No link, anchor or image is broken. Open site/index.html.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
