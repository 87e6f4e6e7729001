"""The combined system: a tuned model sorts a message, retrieval finds the facts, one reply.

`pipeline` runs the four steps, `triage` brings the tuned model, `replies` writes in the house
format, `wording` makes plain words of quotes, `traces` keeps what each step was given and gave,
and plays it again.
"""

from helpers.assistant.pipeline import Assistant, Reply, support_assistant
from helpers.assistant.replies import CLOSING, house_reply
from helpers.assistant.traces import Replay, Trace, TraceStep, read_log, replay
from helpers.assistant.triage import Triage, tuned_triage

__all__ = [
    "CLOSING",
    "Assistant",
    "Replay",
    "Reply",
    "Trace",
    "TraceStep",
    "Triage",
    "house_reply",
    "read_log",
    "replay",
    "support_assistant",
    "tuned_triage",
]
