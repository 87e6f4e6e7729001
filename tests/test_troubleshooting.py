"""The troubleshooting page: its anchors exist, and it quotes messages that the code really has."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"
TEXT = PAGE.read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```$", "", TEXT, flags=re.M | re.S)
VARIES = "…"


def anchors() -> list[str]:
    """The anchors that GitHub and the site give to the headings."""
    titles = re.findall(r"^#+ (.+)$", PROSE, re.M)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


def sources() -> list[Path]:
    """What may lead to the page."""
    folders = ("docs", "lessons", "notebooks", "src", "tools", "deploy")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    readable = (".py", ".md", ".txt", ".ipynb", ".sh", ".bat", ".yml", ".yaml")
    return [*ROOT.glob("*.md"), ROOT / "Makefile", *(p for p in files if p.suffix in readable)]


def messages() -> list[str]:
    """Every text in our code, on one line, with `…` where a value goes in."""
    found = []
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    part.value if isinstance(part, ast.Constant) else VARIES for part in node.values
                ]
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    for name in ("Makefile", "tools/room_pack/start.sh"):
        text = (ROOT / name).read_text(encoding="utf-8")
        found.append(re.sub(r"\"? *\\\n\s*\"?", " ", text))
    return [" ".join(text.split()) for text in found]


MESSAGES = messages()
QUOTES = [
    *re.findall(r"^> (.+)$", PROSE, re.M),
    *re.findall(r"^\| `(.+?)` \|", PROSE, re.M),  # the table of what may follow
]


def is_ours(quote: str) -> bool:
    """Whether each piece between the dots stands in a message; code can put two together."""
    pieces = [piece.strip(" ():.,;") for piece in quote.split(VARIES)]
    return all(any(piece in text for text in MESSAGES) for piece in pieces)


def test_there_are_quotes():
    assert len(QUOTES) > 30


@pytest.mark.parametrize("quote", QUOTES)
def test_a_quoted_message_exists(quote):
    assert is_ours(quote)


@pytest.mark.parametrize(
    "invented", ["the disk is nearly full", "… is gone. Run `make lab` again."]
)
def test_an_invented_message_would_be_noticed(invented):
    assert not is_ours(invented)


def test_anchors_are_unique():
    assert len(anchors()) == len(set(anchors())) > 20


def test_every_link_into_the_page_arrives():
    inside = set(re.findall(r"\]\(#([\w-]+)\)", TEXT))
    outside = {
        anchor
        for path in sources()
        for anchor in re.findall(r"troubleshooting\.md#([\w-]+)", path.read_text(encoding="utf-8"))
    }
    assert len(outside) >= 10
    assert inside | outside <= set(anchors())


def test_every_section_is_in_the_list_on_top():
    inside = set(re.findall(r"\]\(#([\w-]+)\)", TEXT))
    sections = {anchor for anchor in anchors() if anchor != "troubleshooting"}
    assert sections <= inside | {
        "packages-are-missing-or-others",
        "the-embedding-model-is-missing-or-changed",
        "a-file-of-the-workshop-is-missing-or-changed",
    }, "the doctor leads to these three"


def test_the_installer_and_the_doctor_lead_to_the_page():
    for name in ("tools/install.py", "tools/start.py", "src/helpers/doctor.py", "Makefile"):
        assert "docs/troubleshooting.md#" in (ROOT / name).read_text(encoding="utf-8")
