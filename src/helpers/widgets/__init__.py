"""Interactive panels. Everything in them can be reached and changed with the keyboard, and text
from data is always shown as text.
"""

from helpers.widgets.chat import chat_panel
from helpers.widgets.checklist import decision_panel, scenario_cards
from helpers.widgets.explorer import chunk_explorer
from helpers.widgets.worksheet import cost_worksheet

__all__ = ["chat_panel", "chunk_explorer", "cost_worksheet", "decision_panel", "scenario_cards"]
