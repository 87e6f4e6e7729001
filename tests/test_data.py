"""The handbook loads; a broken page is refused with file, line and what to do."""

from datetime import date

import pytest

from helpers.data import DataError, load_handbook

GOOD = "# Refunds\n\n*Updated 3 September 2026 · Billing*\n\nThey take 5 business days.\n"


def test_the_handbook_loads():
    pages = {page.name: page for page in load_handbook()}
    assert len(pages) >= 12
    assert pages["refunds"].title == "Refund policy"
    assert pages["price-list-2025"].superseded_by == "plans-and-pricing"
    assert pages["price-list-2025"].updated < pages["plans-and-pricing"].updated


@pytest.mark.parametrize(
    ("page", "fact"),
    [
        ("refunds", "5 business days"),
        ("plan-limits", "100 API requests a minute"),
        ("service-level-agreement", "99.9 %"),
        ("single-sign-on", "Enterprise"),
    ],
)
def test_the_three_toy_facts_stand_in_the_handbook(page, fact):
    assert fact in {page.name: page.text for page in load_handbook()}[page]


def test_links_between_pages_resolve():
    import re

    pages = {page.name: page for page in load_handbook()}
    for page in pages.values():
        for target in re.findall(r"\]\(([\w-]+)\.md(?:#[\w-]+)?\)", page.text):
            assert target in pages, f"{page.name} links to {target}"
        assert page.superseded_by is None or page.superseded_by in pages


def test_a_page_is_read_as_it_stands(tmp_path):
    (tmp_path / "refunds.md").write_bytes(GOOD.replace("\n", "\r\n").encode())
    (page,) = load_handbook(tmp_path)
    assert (page.name, page.area, page.updated) == ("refunds", "Billing", date(2026, 9, 3))
    assert page.text == GOOD


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), "line 1: byte-order mark"),
        (GOOD.encode() + b"caf\xe9\n", "line 6: byte 0xe9 is not UTF-8"),
        (b"Refunds\n\nNo title.\n", "line 1: a page begins with '# Title'"),
        (b"# Refunds\n\nNo date.\n", "line 3: expected a line such as"),
        (b"# Refunds", "line 3: expected a line such as"),
        (GOOD.replace("3 September", "31 Smarch").encode(), "line 3: '31 Smarch 2026' is no date"),
    ],
)
def test_a_broken_page_is_named_with_its_line(tmp_path, content, message):
    (tmp_path / "page.md").write_bytes(content)
    with pytest.raises(DataError, match=r"page\.md, " + message.replace("(", r"\(")):
        load_handbook(tmp_path)


def test_an_empty_folder_says_how_to_restore_it(tmp_path):
    with pytest.raises(DataError, match="git checkout data"):
        load_handbook(tmp_path)
