"""A panel on a grid of chunkings: what each does to a page, and which chunks a question finds."""

from collections.abc import Mapping, Sequence
from typing import Any

from helpers.data import Page, Question
from helpers.evaluation import evaluate_retrieval
from helpers.highlights import draw_chunks
from helpers.retrieval import Retriever
from helpers.widgets.busy import busy_note, follows

Cell = tuple[str, int, int]  # strategy, size, overlap


def chunk_explorer(
    retrievers: Mapping[Cell, Retriever], pages: Sequence[Page], questions: Sequence[Question]
) -> Any:
    """A panel on the grid: pick a strategy, a size, an overlap, a page and a question.

    It draws the page's chunks, underlines the answer, stars the chunks that were retrieved, and
    prints the scores. Everything was embedded when the grid was measured, so it answers at
    once.

    Args:
        retrievers: one for each cell of the grid.
        pages: the pages to look at.
        questions: questions to ask; those without an answer are left out.
    """
    import ipywidgets as widgets

    texts = {f"{page.name}.md": page.text for page in pages}
    asked = {question.question: question for question in questions if question.answerable}
    first = next(iter(asked.values()))
    wide = widgets.Layout(width="95%")
    label = {"description_width": "90px"}

    def slider(name: str, values: Sequence[Any], start: Any) -> Any:
        return widgets.SelectionSlider(
            options=values, value=start, description=name, style=label, continuous_update=False
        )

    strategies = list(dict.fromkeys(cell[0] for cell in retrievers))
    sizes = sorted({cell[1] for cell in retrievers})
    strategy = widgets.Dropdown(options=strategies, description="strategy", style=label)
    size = slider("size", sizes, sizes[len(sizes) // 2])
    overlap = slider("overlap", ["none", "some"], "none")
    question = widgets.Dropdown(
        options=list(asked), description="question", style=label, layout=wide
    )
    page = widgets.Dropdown(
        options=sorted(texts), value=first.spans[0].file, description="page", style=label
    )
    own = widgets.Text(
        placeholder="or type a question of your own", description="ask", style=label, layout=wide
    )
    scores = widgets.HTML()
    drawing = widgets.HTML()

    def cell() -> Cell:
        overlaps = sorted(c[2] for c in retrievers if c[0] == strategy.value and c[1] == size.value)
        return strategy.value, size.value, overlaps[0 if overlap.value == "none" else -1]

    def draw(_: Any = None) -> None:
        retriever = retrievers[cell()]
        text = texts[page.value]
        chunks = [chunk for chunk in retriever.chunks if chunk.source == page.value]
        if own.value.strip():
            retrieved = [hit.chunk for hit in retriever.search(own.value, 5)]
            marked: list[tuple[int, int]] = []
            scores.value = "A question of your own has no known answer, so there is no score."
        else:
            chosen = asked[question.value]
            run = evaluate_retrieval(retriever, [chosen], k=5)
            retrieved = run.retrieved[0]
            marked = [(s.start, s.end) for s in chosen.spans if s.file == page.value]
            scores.value = (
                f"answer found: <b>{run.mean('recall'):.2f}</b> · "
                f"share of its characters: <b>{run.mean('span_recall'):.2f}</b> · "
                f"precision: <b>{run.mean('span_precision'):.2f}</b> · "
                f"IoU: <b>{run.mean('iou'):.2f}</b>"
            )
        here = [chunk for chunk in retrieved if chunk.source == page.value]
        title = (
            f"{page.value}, {strategy.value}, size {size.value}, {len(here)} of 5 retrieved here"
        )
        drawing.value = draw_chunks(text, chunks, title=title, marked=marked, retrieved=here).html

    def follow_question(change: Any) -> None:
        page.value = asked[change["new"]].spans[0].file
        own.value = ""

    question.observe(follow_question, "value")
    for control in (strategy, size, overlap, question, page, own):
        control.observe(draw, "value")
    draw()
    row = widgets.HBox([strategy, size, overlap], layout=widgets.Layout(flex_flow="row wrap"))
    follows(scores, drawing)
    return widgets.VBox([row, question, own, page, busy_note(), scores, drawing])
