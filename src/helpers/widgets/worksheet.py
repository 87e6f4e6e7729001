"""A worksheet for costs: prices and a month's usage go in, two sums come out."""

from dataclasses import replace
from html import escape
from typing import Any

from helpers.costs import MonthlyCosts, Prices, Usage, retrieval_costs, tuning_costs
from helpers.widgets.busy import busy_note, follows

PRICES = {
    "input": "input",
    "output": "output",
    "tuned_input": "input of the tuned model",
    "tuned_output": "output of the tuned model",
    "training": "training",
    "embedding": "embedding",
}
USAGE = {
    "questions": "questions a month",
    "question": "tokens of a question",
    "context": "tokens of its context",
    "answer": "tokens of an answer",
    "changes": "changes a month",
    "changed": "tokens embedded a change",
    "trained": "tokens trained a change",
}


def cost_worksheet(usage: Usage, prices: Prices | None = None) -> Any:
    """Fields for prices and usage, and below them what a month costs with each cure.

    Args:
        usage: what the fields show at first, such as the tokens measured in the notebook.
        prices: what the fields show at first; all zero, so that nobody takes them for ours.
    """
    import ipywidgets as widgets

    prices = prices or Prices()
    style = {"description_width": "190px"}

    def field(name: str, value: float, step: float) -> Any:
        return widgets.BoundedFloatText(
            value=value, min=0, max=1e12, step=step, description=name, style=style,
            layout=widgets.Layout(width="330px"),
        )  # fmt: skip

    price_fields = {n: field(text, getattr(prices, n), 0.01) for n, text in PRICES.items()}
    usage_fields = {n: field(text, getattr(usage, n), 1) for n, text in USAGE.items()}
    sums = widgets.HTML()

    def draw(_: Any = None) -> None:
        now = replace(prices, **{n: box.value for n, box in price_fields.items()})
        use = replace(usage, **{n: box.value for n, box in usage_fields.items()})
        sums.value = costs_as_html(retrieval_costs(use, now), tuning_costs(use, now))

    for box in (*price_fields.values(), *usage_fields.values()):
        box.observe(draw, "value")
    draw()
    left = widgets.VBox([widgets.HTML("<b>Price of a million tokens</b>"), *price_fields.values()])
    right = widgets.VBox([widgets.HTML("<b>A month</b>"), *usage_fields.values()])
    flow = widgets.Layout(flex_flow="row wrap")
    follows(sums)
    return widgets.VBox([widgets.HBox([left, right], layout=flow), busy_note(), sums])


def costs_as_html(retrieval: MonthlyCosts, tuning: MonthlyCosts) -> str:
    """The two sums as a table."""
    cell = 'style="padding:3px 16px;text-align:right"'
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
        + "".join(
            f"<td {cell}>{money:,.2f}</td>" for money in (costs.asking, costs.updating, costs.total)
        )
        + "</tr>"
        for name, costs in (("retrieval", retrieval), ("fine-tuning", tuning))
    )
    names = ("a month", "asking", "keeping up", "together")
    head = "".join(f'<th scope="col" {cell}>{name}</th>' for name in names)
    return f'<table role="status"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
