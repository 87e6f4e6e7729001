"""A chat with the assistant, the trace of each reply folded away below it."""

from html import escape
from typing import Any

from helpers.assistant import Assistant, Reply, Trace
from helpers.failures import ServiceError
from helpers.theme import BAD, GROUND, INK, RAISED, RULE
from helpers.widgets.busy import busy_note, follows

BOX = (
    f"max-width:46em;white-space:pre-wrap;line-height:1.45;border:1px solid {RULE};"
    f"border-radius:6px;padding:8px 12px;margin:6px 0;color:{INK}"
)
CELL = f"padding:4px 12px;text-align:left;vertical-align:top;border-bottom:1px solid {RULE}"


def chat_panel(assistant: Assistant, *, start: str = "") -> Any:
    """Type a message, press Enter or the button, read the reply and how it came about.

    Args:
        assistant: answers.
        start: a message that is answered at once, so that there is something to see.
    """
    import ipywidgets as widgets

    # Sent whole when the field is left: key by key, the button could overtake the last of them.
    message = widgets.Textarea(
        value=start, placeholder="write as a customer would", description="message", rows=3,
        continuous_update=False,
        layout=widgets.Layout(width="95%"), style={"description_width": "70px"},
    )  # fmt: skip
    send = widgets.Button(description="Send", button_style="primary", tooltip="Send the message")
    talk = widgets.HTML()
    history: list[str] = []

    def answer(_: Any = None) -> None:
        text = message.value.strip()
        if not text:
            talk.value = "<p>Write a message first.</p>" + "".join(reversed(history))
            return
        send.disabled, send.description = True, "answering …"
        try:
            history.append(turn_as_html(text, assistant.reply(text)))
        except ServiceError as error:
            history.append(f'<p style="color:{BAD}">✗ {escape(str(error))}</p>')
        finally:
            send.disabled, send.description = False, "Send"
        talk.value = "".join(reversed(history))

    send.on_click(answer)
    if start:
        answer()
    follows(talk)
    return widgets.VBox([message, send, busy_note(), talk])


def turn_as_html(message: str, reply: Reply) -> str:
    """A message, its reply, and the trace, newest first in the panel."""
    sure = "" if reply.confidence is None else f", {reply.confidence:.0%} sure"
    marks = {"answered": "✓ answered", "refused": "○ not in the handbook",
             "handed_over": "○ goes to a person"}  # fmt: skip
    return (
        f'<div role="group" aria-label="message and reply">'
        f'<div style="{BOX};background:{RAISED}">{escape(message)}</div>'
        f'<div style="{BOX};background:{GROUND}">{escape(reply.text)}</div>'
        f"<p>{marks[reply.outcome]} · {escape(reply.category)}{sure}</p>"
        f"<details><summary>How it came about: trace {escape(reply.trace.id)}</summary>"
        f"{trace_as_html(reply.trace)}</details></div>"
    )


def trace_as_html(trace: Trace) -> str:
    """The steps as a table: who did it, how long it took, what came out."""
    rows = []
    for step in trace.steps:
        rows.append(
            f'<tr><th scope="row" style="{CELL}">{escape(step.name)}</th>'
            f'<td style="{CELL};white-space:nowrap">{escape(step.model)}</td>'
            f'<td style="{CELL};white-space:nowrap;text-align:right">'
            f"{1000 * step.seconds:,.0f} ms</td>"
            f'<td style="{CELL}">{"<br>".join(map(escape, step.in_words()))}</td></tr>'
        )
    names = ("step", "by", "time", "found")
    head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in names)
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;line-height:1.45">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
