"""Look through the finished site for what is broken, or would be fetched from elsewhere.

Checked in every HTML file: links, images, scripts and styles of this site are there; anchors
exist; each image has a description; nothing but a link that a reader clicks leads to another
host. Checked in every style sheet: what it loads is there. What scripts fetch when they run, and
links to other sites, are not looked at here.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("img", "src"), ("script", "src"), ("link", "href"), ("source", "src"),
          ("iframe", "src"), ("video", "src"), ("audio", "src"), ("object", "data")}  # fmt: skip
CSS_URL = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])(?!data:)([^"')\s]+)""")


@dataclass
class Page(HTMLParser):
    """The ids of one HTML file, what it links to, and what it loads."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    undescribed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        for name, value in given.items():
            if (tag, name) in LOADED:
                self.loaded.append(value)
            elif name == "href" and tag == "a":
                self.links.append(value)
        if tag == "img" and not given.get("alt", "").strip():
            self.undescribed.append(given.get("src", ""))


def broken(site: Path) -> list[str]:
    """Every problem of the site, one a line: the file, what is wrong, and with which address."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        pages[path] = Page()
        pages[path].feed(path.read_text(encoding="utf-8"))
    problems = []
    for path, page in pages.items():
        found = [f"image without alt text: {source}" for source in page.undescribed]
        found += [problem for url in page.loaded if (problem := wrong_asset(path, url))]
        found += [problem for url in page.links if (problem := wrong_link(path, url, pages))]
        problems += [f"{path.relative_to(site).as_posix()}: {problem}" for problem in found]
    for path in sorted(site.rglob("*.css")):
        for url in CSS_URL.findall(path.read_text(encoding="utf-8")):
            if problem := wrong_asset(path, url):
                problems.append(f"{path.relative_to(site).as_posix()}: {problem}")
    return sorted(set(problems))


def wrong_asset(path: Path, url: str) -> str | None:
    """Why what the file loads is not on this site, or None."""
    parts = urlsplit(url)
    if parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return f"is loaded from another host: {url}"
    if parts.path and not (path.parent / unquote(parts.path)).is_file():
        return f"is not on the site: {url}"
    return None


def wrong_link(path: Path, url: str, pages: dict[Path, Page]) -> str | None:
    """Why a link of the file leads nowhere on this site, or None."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return f"link to what is not on the site: {url}"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].ids:
        return f"link to an anchor that is not there: {url}"
    return None
