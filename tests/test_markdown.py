"""Pieces are exact slices, and each kind of line is recognised."""

from hypothesis import given
from hypothesis import strategies as st

from helpers.markdown import pieces

PAGE = """# Limits

All plans, e.g. Free, have limits. See no. 3 below!

| Plan | Requests |
|:---|---:|
| Pro | 100 |

> **Note:** Bursts are refused. Always.

- first item
2. second item

```python
x = 1

y = 2
```
"""


def test_kinds_of_a_page():
    found = [(piece.kind, piece.text) for piece in pieces(PAGE)]
    assert found == [
        ("heading", "# Limits"),
        ("sentence", "All plans, e.g. Free, have limits."),
        ("sentence", "See no. 3 below!"),
        ("header", "| Plan | Requests |"),
        ("row", "| Pro | 100 |"),
        ("sentence", "**Note:** Bursts are refused."),
        ("sentence", "Always."),
        ("item", "first item"),
        ("item", "second item"),
        ("code", "x = 1"),
        ("code", "y = 2"),
    ]


def test_a_row_knows_its_header_and_a_sentence_its_heading():
    by_text = {piece.text: piece for piece in pieces(PAGE)}
    assert by_text["| Pro | 100 |"].context == "| Plan | Requests |"
    assert by_text["See no. 3 below!"].context == "Limits"


def test_a_table_cut_in_the_middle_has_rows_without_a_header():
    assert [(p.kind, p.context) for p in pieces("|---|\n| a |\n| b |")] == [("row", "")] * 2


markdown_like = st.text(alphabet="ab. !?|#->*`~\n\r\t[]0\u2028é😀", max_size=200)


@given(st.text(max_size=200) | markdown_like)
def test_pieces_are_slices_in_order(text):
    end = 0
    for piece in pieces(text):
        assert piece.text == text[piece.start : piece.end]
        assert piece.start >= end
        assert piece.text.strip() == piece.text != ""
        end = piece.end
