"""The course's data as typed records, one loader each.

Everything under `data/` in the project is read through here. A broken file is refused with its
name, the line, and what to do: see `DataError`. `data/README.md` describes the files.
"""

from helpers.data.attacks import Attack, load_attacks
from helpers.data.files import DATA, DataError
from helpers.data.handbook import Page, edited, load_handbook
from helpers.data.price_change import Edit, Fact, PriceChange, load_price_change
from helpers.data.questions import (
    Question,
    Span,
    SupportCase,
    load_questions,
    load_support_cases,
)
from helpers.data.scenarios import Scenario, Signals, load_scenarios
from helpers.data.tickets import (
    LABELS,
    Label,
    Ticket,
    TicketNote,
    load_guideline,
    load_ticket_notes,
    load_tickets,
)

__all__ = [
    "DATA",
    "LABELS",
    "Attack",
    "DataError",
    "Edit",
    "Fact",
    "Label",
    "Page",
    "PriceChange",
    "Question",
    "Scenario",
    "Signals",
    "Span",
    "SupportCase",
    "Ticket",
    "TicketNote",
    "edited",
    "load_attacks",
    "load_guideline",
    "load_handbook",
    "load_price_change",
    "load_questions",
    "load_scenarios",
    "load_support_cases",
    "load_ticket_notes",
    "load_tickets",
]
