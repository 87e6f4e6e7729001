"""Interactive panels. Everything in them can be reached and changed with the keyboard, and text
from data is always shown as text.
"""

from helpers.widgets.checklist import decision_panel, scenario_cards
from helpers.widgets.explorer import chunk_explorer

__all__ = ["chunk_explorer", "decision_panel", "scenario_cards"]
