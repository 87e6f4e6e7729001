"""Links between the project's files, turned into links between pages of the site.

A link to a page's source becomes a link to the page; a link to another file becomes a download;
a link to a folder keeps its words only, since a site has no folders to show. A link that leads
nowhere stays as it is, so that the check of the finished site names it.
"""

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path

FILES = "files"  # the folder of what is offered for download, where Sphinx looks for no pages
FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.M | re.S)
LINK = re.compile(r"(?P<image>!?)\[(?P<words>[^\[\]]*)\]\((?P<target>[^)\s]+)\)")


@dataclass
class Links:
    """What the links of the project's files become.

    `pages` gives, for the path of a source in the project, the path of its page; paths have
    slashes and begin at the project's folder. `files` collects what the site has to offer for
    download.
    """

    root: Path
    pages: dict[str, str]
    files: set[str] = field(default_factory=set)

    def rewrite(self, text: str, source: str) -> str:
        """The Markdown of the file `source` with links for its page; code blocks are left alone.

        >>> links = Links(Path(), {"README.md": "index.md", "a/x.ipynb": "lessons/x.ipynb"})
        >>> links.rewrite("[one](a/x.ipynb#two)", "README.md")
        '[one](lessons/x.ipynb#two)'
        """
        parts, end = [], 0
        for fence in FENCE.finditer(text):
            parts += [self._rewrite_prose(text[end : fence.start()], source), fence[0]]
            end = fence.end()
        return "".join([*parts, self._rewrite_prose(text[end:], source)])

    def _rewrite_prose(self, text: str, source: str) -> str:
        def replace(link: re.Match[str]) -> str:
            target, sharp, anchor = link["target"].partition("#")
            if not target or re.match(r"[a-z]+:", target):
                return link[0]
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
            if path not in self.pages and (self.root / path).is_dir():
                return link["words"]
            if path not in self.pages and not (self.root / path).is_file():
                return link[0]
            here = posixpath.dirname(self.pages[source]) or "."
            if path in self.pages:
                new = posixpath.relpath(self.pages[path], here)
                return f"[{link['words']}]({new}{sharp}{anchor})"
            self.files.add(path)
            new = posixpath.relpath(posixpath.join(FILES, path), here)
            download = "" if link["image"] else "path:"  # MyST's mark of a download
            return f"{link['image']}[{link['words']}]({download}{new}{sharp}{anchor})"

        return LINK.sub(replace, text)
