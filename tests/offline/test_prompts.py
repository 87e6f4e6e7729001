"""Which words of a prompt are context, and which are the question."""

import pytest

from helpers.markdown import pieces
from helpers.offline.prompts import read_prompt
from helpers.offline.schema import Turn

REFUNDS, LIMITS = "Refunds take 5 business days.", "Pro has 100 requests a minute."


def user(content) -> Turn:
    return Turn.model_validate({"role": "user", "content": content})


def parts(*turns: Turn, system: str = "") -> tuple[str, list[str]]:
    prompt = read_prompt(list(turns), system)
    return prompt.question, [item.passage.text.strip() for item in prompt.context]


@pytest.mark.parametrize(
    ("text", "context"),
    [
        (f"Context:\n{REFUNDS}\n\nQuestion: How long?", [REFUNDS]),
        (f"**Context:** {REFUNDS}\n\n**Question:** How long?\n\nAnswer:", [REFUNDS]),
        (f"<context>\n{REFUNDS}\n</context>\n\nHow long?", [REFUNDS]),
        (f"<documents><document>{REFUNDS}</document></documents>\nHow long?", [REFUNDS]),
        (f"<context>{REFUNDS}</context><question>How long?</question>", [REFUNDS]),
        (f"Sources:\n[1] {REFUNDS}\n[2] {LIMITS}\n\nQuestion: How long?", [REFUNDS, LIMITS]),
        (f"Context: {REFUNDS}\n\nHow long?", [REFUNDS]),
        (f"Question: How long?\n\nContext:\n{REFUNDS}", [REFUNDS]),
        (f"{REFUNDS}\n\nHow long?", [REFUNDS]),
        (f"Answer only from the context. {REFUNDS} How long?", [REFUNDS]),
        ("How long?", []),
    ],
)
def test_plain_text(text, context):
    assert parts(user(text)) == ("How long?", context)


@pytest.mark.parametrize("line", ["---", "-----", "===", "  ---  "])
@pytest.mark.parametrize("text", ["Context:\n{0}\n{1}\nQuestion: How long?", "{0}\n{1}\nHow long?"])
def test_a_drawn_line_separates_and_makes_no_heading_of_the_context(text, line):
    question, (context,) = parts(user(text.format(REFUNDS, line)))
    assert question == "How long?"
    assert [(piece.kind, piece.text) for piece in pieces(context)] == [("sentence", REFUNDS)]


@pytest.mark.parametrize(
    "text",
    [
        "\n        {0} {1} How long?\n        ",
        "\n\n        {0} {1}\n\n        How long?\n",
        "Context:\n\n        {0} {1}\n\nQuestion: How long?",
        "<context>\n\n    {0} {1}\n\n    </context>\n    How long?",
    ],
)
def test_a_prompt_indented_with_the_code_around_it_is_prose(text):
    question, (context,) = parts(user(text.format(REFUNDS, LIMITS)))
    assert question == "How long?"
    assert [piece.text for piece in pieces(context)] == [REFUNDS, LIMITS]


def test_markers_are_kept():
    prompt = read_prompt([user(f"Sources:\n[1] {REFUNDS}\n[2] {LIMITS}\n\nQuestion: Why?")], "")
    assert [item.marker for item in prompt.context] == ["[1]", "[2]"]


def test_instructions_are_not_context():
    rule = "Use the facts. If they do not say, say you don't know."
    assert parts(user(f"{rule}\n\nFacts:\n{REFUNDS}\n\nQuestion: Why?")) == ("Why?", [REFUNDS])


def test_the_system_prompt_is_context_only_where_it_says_so():
    assert parts(user("How long?"), system=f"You help. {REFUNDS}") == ("How long?", [])
    marked = parts(user("How long?"), system=f"<context>{REFUNDS}</context>")
    assert marked == ("How long?", [REFUNDS])


def test_the_question_is_the_last_one_asked():
    answer = Turn.model_validate({"role": "assistant", "content": "Five days."})
    first = user(f"Context: {REFUNDS}\n\nQuestion: How long?")
    question = "What does an editor on Enterprise cost a month?"
    assert parts(first, answer, user(question)) == (question, [REFUNDS])


def test_a_question_that_says_little_is_read_with_the_one_before_it():
    answer = Turn.model_validate({"role": "assistant", "content": "Five days."})
    first = user(f"Context: {REFUNDS}\n\nQuestion: How long?")
    assert parts(first, answer, user("And on Pro?")) == ("How long? And on Pro?", [REFUNDS])


def test_beside_marked_context_the_whole_text_is_the_question():
    text = "My phone is gone. Who helps me?"
    block = {"type": "search_result", "source": "s", "title": "t",
             "content": [{"type": "text", "text": REFUNDS}]}  # fmt: skip
    content = [block, {"type": "text", "text": f"Answer from the sources only. {text}"}]
    assert parts(user(content)) == (text, [REFUNDS])
    assert parts(user(f"<context>{REFUNDS}</context>\n{text}")) == (text, [REFUNDS])


def test_a_number_in_a_passage_is_no_marker():
    text = "<sources>\n[1] One.\n[7] of seven.\n[2] Two.\n</sources>\n<question>Why?</question>"
    assert parts(user(text)) == ("Why?", ["One.\n[7] of seven.", "Two."])


def test_blocks_are_counted_by_kind():
    content = [
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A."}},
        {
            "type": "search_result",
            "source": "s",
            "title": "t",
            "content": [{"type": "text", "text": "B. "}, {"type": "text", "text": "C."}],
        },
        {"type": "document", "source": {"type": "content", "content": "D."}, "title": "d"},
        {"type": "text", "text": "Why?"},
    ]
    prompt = read_prompt([user(content)], "")
    found = [(item.kind, item.number, item.passage.text) for item in prompt.context]
    assert found == [
        ("document", 0, "A."),
        ("search_result", 0, "B. C."),
        ("content_document", 1, "D."),
    ]
    assert prompt.context[1].blocks_of(3, 5) == (1, 1)
    assert prompt.context[1].blocks_of(0, 4) == (0, 1)


@pytest.mark.parametrize(
    "text", ["<context>" * 3000, "[1]" * 5000, "Context:\n" * 3000, "(" * 20000]
)
def test_strange_prompts_do_not_hang(text):
    read_prompt([user(text)], text)
