"""What of a cell's HTML JupyterLab leaves as it was typed."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    """Collects the text inside of elements in which MathJax sets nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.found = ""
        self._left_alone: list[bool] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("br", "hr", "img", "input"):
            inside = bool(self._left_alone and self._left_alone[-1])
            classes = (dict(attrs).get("class") or "").split()
            self._left_alone.append(inside or "mathjax_ignore" in classes)

    def handle_endtag(self, tag):
        self._left_alone.pop()

    def handle_data(self, data):
        if self._left_alone and self._left_alone[-1]:
            self.found += data


def typed(html: str) -> str:
    """The text in which dollar signs stay dollar signs."""
    reader = _Reader()
    reader.feed(html)
    return reader.found
