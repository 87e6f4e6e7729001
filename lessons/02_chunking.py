# ---
# jupyter:
#   workshop:
#     sections:
#       Opening: 3
#       1 · The model stops reading: 3
#       2 · Four ways to cut: 12
#       3 · Which way finds more?: 20
#       4 · What a heading is worth: 3
#       Where it breaks: 3
#       Recap: 1
# ---

# %% [markdown]
# # What should one retrievable piece be?
#
# Before a page can be searched it is cut into chunks, and whoever cuts decides what can be found.
# The cut is a line of code that nobody looks at again. Here you look at it: you see chunks on a
# real page, measure what four ways of cutting find, and learn where size helps and where it hurts.
#
# **{minutes} minutes** · needs only the installation · everything runs without a key, and a key
# changes nothing here: this lesson is about search, and no model answers
#
# ## You will be able to
#
# - say what happens to a text that is longer than the embedding model reads
# - cut a document in four ways and see the difference on the page
# - measure which cut finds more answers, and whether the difference is real
# - choose a size by what it costs

# %% [markdown]
# ## Setup

# %%
import numpy as np

from helpers import plots
from helpers.check import lesson_02 as check
from helpers.chunking import by_markdown, by_sentences, by_tokens, recursively
from helpers.data import load_handbook, load_questions
from helpers.embedding import load_embedder
from helpers.wrapping import wrapped  # breaks long lines between words

K = 5  # how many chunks a model would get to read
embedder = load_embedder()
pages = load_handbook()
questions = load_questions(split="dev")
print(f"{len(pages)} pages, {sum(question.answerable for question in questions)} questions to ask")

# %% [markdown]
# ## Words
#
# | word | meaning |
# |---|---|
# | *chunk* | a piece of a document that is embedded, found and shown as one |
# | *overlap* | the tokens that a chunk repeats from the one before it |
# | *span* | the exact place in a page that answers a question, from one character to another |
# | *recall@5* | share of the answers that stand whole in the five chunks found |
# | *precision* | share of the characters found that belong to the answer |

# %% [markdown]
# ## 1 · The model stops reading
#
# The smallest possible decision is not to cut at all. Let us glue pages together until they have
# 2,000 tokens, embed that, and embed its first 256 tokens alone.
#
# **Predict.** How alike are the two vectors?
#
# 1. Hardly: one text has eight times as many words
# 2. Fairly: they begin the same way
# 3. Exactly the same
#
# The cell loads the embedding model, which takes ten to thirty seconds the first time.

# %%
from helpers.tokens import count_tokens, first_tokens

everything = "\n\n".join(page.text for page in pages)
mega_chunk = first_tokens(everything, 2000)
beginning = first_tokens(everything, 254)  # and two markers that the model adds itself

vectors = embedder.embed_documents([mega_chunk, beginning])
print(f"tokens: {count_tokens(mega_chunk)} and {count_tokens(beginning)} + 2")
print(f"cosine: {vectors[0] @ vectors[1]:.3f}")

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 3. The model reads 256 tokens and ignores the rest without a word: no error, no warning.
# Seven eighths of that text can never be found. Most embedding models have such a limit; it is
# the first thing to look up about yours.
#
# </details>

# %% [markdown]
# ## 2 · Four ways to cut
#
# | way | where it cuts |
# |---|---|
# | `by_tokens` | every so many tokens, between words, wherever that falls |
# | `by_sentences` | between sentences, list items and table rows |
# | `recursively` | between paragraphs; too long ones between lines, then sentences, then words |
# | `by_markdown` | at headings, then between blocks; never inside a row, an item or a line of code |
#
# Here they are on one page, about plan limits. Each chunk has a tint and a number.

# %%
from helpers.highlights import draw_chunks

page = next(page for page in pages if page.name == "plan-limits")
excerpt = page.text[: page.text.index("## People")]

draw_chunks(excerpt, by_tokens(excerpt, size=60), title="by_tokens, 60 tokens")

# %%
draw_chunks(excerpt, by_sentences(excerpt, size=60), title="by_sentences, 60 tokens")

# %%
draw_chunks(excerpt, recursively(excerpt, size=60), title="recursively, 60 tokens")

# %%
draw_chunks(excerpt, by_markdown(excerpt, size=60), title="by_markdown, 60 tokens")

# %% [markdown]
# **What we saw.** `by_tokens` cuts tables and sentences anywhere. `by_markdown` leaves rows whole
# and begins a new chunk at each heading, so its chunks are of uneven size and there are more.
#
# ### A row that loses its header
#
# A table row without its header is a riddle: which of the three numbers is for which plan?

# %%
for cut in (by_tokens, by_markdown):
    found = next(c for c in cut(excerpt, size=60) if "Attachment storage" in c.text)
    print(f"--- {cut.__name__}")
    print(f"context: {found.context or 'none'}")
    print(found.text.strip()[:170])

# %% [markdown]
# `by_markdown` keeps the header as the chunk's `context`. It is embedded and shown together with
# the text, but is not part of it: `text` stays an exact slice of the page.

# %% [markdown]
# ### Exercise 2.1 · a window that slides
#
# *6 minutes · difficulty 2 of 5 · core*
#
# Cut a list of words into windows of `size` words, where each window repeats the last `overlap`
# words of the one before. Stop when the last word is in a window. For the words a b c d e, size 3
# and overlap 1: which windows are there?


# %%
def windows(words, size, overlap):
    """Windows of words, each repeating the end of the one before.

    Args:
        words: a list, such as ["a", "b", "c", "d", "e"].
        size: words in a window, such as 3.
        overlap: words repeated, such as 1; always below size.

    Returns:
        A list of lists; [["a", "b", "c"], ["c", "d", "e"]] for the example.
    """
    ### BEGIN SOLUTION
    found = []
    start = 0
    while start < len(words):
        found.append(words[start : start + size])
        if start + size >= len(words):
            break
        start += size - overlap
    return found
    ### END SOLUTION


# %%
check.windows(windows)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>After each window, go on by less than its
# size.</details>
# <details><summary>Hint 2: the operation</summary>The start moves by <code>size - overlap</code>.
# A slice beyond the end of a list is simply shorter.</details>
# <details><summary>Hint 3: "expected 2 windows, got 3"</summary>The last window only repeats what
# the one before already ends with. Stop as soon as a window reaches the last word.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** The step is what a window adds. The `break` prevents a last window that holds
# nothing but overlap. A common wrong answer leaves it out:


# %% tags=["solution", "wrong-answer"]
def windows_with_a_tail(words, size, overlap):
    return [words[start : start + size] for start in range(0, len(words), size - overlap)]


check.windows(windows_with_a_tail)

# %% [markdown]
# ## 3 · Which way finds more?
#
# Pictures convince nobody for long. The course has questions whose answers are marked in the
# handbook to the character, as *spans*. So we can ask of each way of cutting: do the five best
# chunks hold the answer, and how much else do they hold?
#
# - **recall@5**: share of the answers that stand whole in the five chunks
# - **span precision**: share of the characters retrieved that belong to the answer
# - **IoU**, intersection over union: one number for both
#
# Counting characters rather than chunks makes ways of cutting comparable. The definitions are
# those of Chroma's report *Evaluating Chunking Strategies for Retrieval* (Smith and Troynikov,
# 2024), which counts tokens.
#
# ### Exercise 2.2 · intersection over union
#
# *5 minutes · difficulty 2 of 5 · core*
#
# Return the IoU of two stretches of text, each given by its first character and the one behind its
# last: the characters in both, divided by the characters in at least one. With a pencil: 0 to 10
# and 5 to 15 share 5 characters and cover 15 together. What is their IoU?


# %%
def iou(a, b):
    """Intersection over union of two stretches.

    Args:
        a: (start, end), such as (0, 10).
        b: (start, end), such as (5, 15).

    Returns:
        A number from 0 to 1; 1/3 for the example, 0 for stretches that do not touch.
    """
    ### BEGIN SOLUTION
    both = max(0, min(a[1], b[1]) - max(a[0], b[0]))
    either = (a[1] - a[0]) + (b[1] - b[0]) - both
    return both / either
    ### END SOLUTION


# %%
check.iou(iou)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>The overlap begins at the later start and ends at the
# earlier end.</details>
# <details><summary>Hint 2: the operation</summary><code>min</code> of the ends minus
# <code>max</code> of the starts, and never below 0.</details>
# <details><summary>Hint 3: "expected 0.3333, got 0.25"</summary>The characters in both were counted
# twice in the union. Subtract them once.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** Adding the two lengths counts the common part twice; subtracting it once gives
# the union. A common wrong answer forgets that:


# %% tags=["solution", "wrong-answer"]
def iou_counted_twice(a, b):
    both = max(0, min(a[1], b[1]) - max(a[0], b[0]))
    return both / ((a[1] - a[0]) + (b[1] - b[0]))


check.iou(iou_counted_twice)

# %% [markdown]
# ### The grid
#
# Four ways, three sizes, each without overlap and with a fifth of the size repeated. A chunk that
# occurs in several cells is embedded once. The first time this takes one to three minutes; the
# vectors are kept, and after that it takes seconds.
#
# The figures on this page come from the whole handbook. With `WORKSHOP_QUICK=1` in `.env`, which the
# tests of this course set, the grid cuts a handful of pages and asks what those answer.

# %%
from tqdm.auto import tqdm

from helpers.evaluation import evaluate_retrieval
from helpers.retrieval import Retriever
from helpers.settings import get_settings

if get_settings().quick:
    two_page = [q for q in questions if q.type == "two_page"][:2]
    names = {span.file for question in two_page for span in question.spans}
    pages = [page for page in pages if f"{page.name}.md" in names]
    questions = [q for q in questions if all(span.file in names for span in q.spans)]

STRATEGIES = (by_tokens, by_sentences, recursively, by_markdown)
SIZES = (100, 200, 400)
cells = [(s, size, overlap) for s in STRATEGIES for size in SIZES for overlap in (0, size // 5)]


def build(strategy, size, overlap, breadcrumbs=False):
    chunks = [
        chunk
        for page in pages
        for chunk in strategy(page.text, size=size, overlap=overlap, source=f"{page.name}.md")
    ]
    return Retriever(chunks, embedder, breadcrumbs=breadcrumbs)


# %% tags=["nbval-ignore-output"]
retrievers, runs = {}, {}
for strategy, size, overlap in tqdm(cells, desc="cells of the grid", leave=False):
    cell = (strategy.__name__, size, overlap)
    retrievers[cell] = build(strategy, size, overlap)
    runs[cell] = evaluate_retrieval(retrievers[cell], questions, k=K)

# %% [markdown]
# **Predict.** Which size of chunk will find most answers?
#
# 1. The smallest: small pieces are precise
# 2. The middle
# 3. The largest: five large chunks hold most text

# %% tags=["nbval-ignore-output"]
columns = [f"{size}, overlap {overlap}" for size in SIZES for overlap in (0, size // 5)]
recall = np.array(
    [
        [
            runs[s.__name__, size, overlap].mean("recall")
            for size in SIZES
            for overlap in (0, size // 5)
        ]
        for s in STRATEGIES
    ]
)
plots.heat_map(
    recall,
    rows=[s.__name__ for s in STRATEGIES],
    columns=columns,
    title="recall@5 by strategy, size and overlap",
    limits=(recall.min(), recall.max()),
)

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# It depends on two things that the picture keeps apart. Small chunks cut answers in two and lose
# what they are about. Chunks of 400 tokens are longer than the model reads: what stands behind
# token 256 is invisible, and one vector has to stand for many things. Without overlap the largest
# size is in no row the best. With overlap it recovers, because the end that the model cannot see
# comes back at the beginning of the next chunk; it pays for that in tokens. What overlap does to
# the smaller sizes differs from row to row, and the intervals below say how much of that to
# believe.
#
# </details>

# %% [markdown]
# Recall is not all. Every token that is sent to the model costs money and attention:

# %% tags=["nbval-ignore-output"]
without_overlap = [(s.__name__, size, 0) for s in STRATEGIES for size in SIZES]
tokens_sent = [
    np.mean([sum(count_tokens(c.text) for c in found) for found in runs[cell].retrieved])
    for cell in without_overlap
]
plots.cost_and_recall(
    tokens_sent,
    [runs[cell].mean("recall") for cell in without_overlap],
    groups=[cell[0] for cell in without_overlap],
    labels=[str(cell[1]) for cell in without_overlap],
    title="What five chunks cost, and what they find",
)

# %% [markdown]
# ### Is the difference real?
#
# All cells were asked the same questions, so we compare question by question, and ask how far the
# mean difference could have moved had other questions of the kind been drawn (a *bootstrap*;
# lesson 04 takes it apart). When the interval excludes zero, the sign is sure.

# %% tags=["nbval-ignore-output"]
from helpers.evaluation import paired_difference

COMPARISONS = {
    "by_markdown − by_tokens, size 100": (("by_markdown", 100, 0), ("by_tokens", 100, 0)),
    "by_markdown − by_tokens, size 200": (("by_markdown", 200, 0), ("by_tokens", 200, 0)),
    "by_markdown 200 − by_tokens 400": (("by_markdown", 200, 0), ("by_tokens", 400, 0)),
    "overlap 20 − 0, by_tokens 100": (("by_tokens", 100, 20), ("by_tokens", 100, 0)),
    "overlap 20 − 0, by_markdown 100": (("by_markdown", 100, 20), ("by_markdown", 100, 0)),
}
differences = {
    name: paired_difference(runs[a].scores["recall"], runs[b].scores["recall"])
    for name, (a, b) in COMPARISONS.items()
}
for name, found in differences.items():
    print(f"{name:<36} {found} {'sure' if found.excludes_zero else 'may be noise'}")

# %% tags=["nbval-ignore-output"]
plots.intervals(
    [found.mean for found in differences.values()],
    [found.low for found in differences.values()],
    [found.high for found in differences.values()],
    labels=list(differences),
    title="Differences in recall@5, with 95 % intervals",
    xlabel="difference in recall@5",
)

# %% [markdown]
# ### Look for yourself
#
# Pick a strategy, a size, a page and a question. Numbered tints are chunks, a star marks one that
# was retrieved, and the answer is underlined. Everything can be reached with <kbd>Tab</kbd> and
# changed with the arrow keys.

# %% tags=["nbval-ignore-output"]
from helpers.widgets import chunk_explorer

chunk_explorer(retrievers, pages, questions)

# %% [markdown]
# ## 4 · What a heading is worth
#
# A chunk from the middle of a page says "up to 25 MB" and not what it is about. Its headings know.
# A *breadcrumb* is that path, such as *Plan limits › Attachments*, put in front of the chunk when
# it is embedded. The chunk itself stays as it is. These are other texts, so embedding them takes about
# a minute the first time.

# %% tags=["nbval-ignore-output"]
with_breadcrumbs = {
    size: evaluate_retrieval(build(by_markdown, size, 0, breadcrumbs=True), questions, k=K)
    for size in SIZES
}

# %% tags=["nbval-ignore-output"]
for size in SIZES:
    plain = runs["by_markdown", size, 0]
    crumbs = with_breadcrumbs[size]
    gain = paired_difference(crumbs.scores["recall"], plain.scores["recall"])
    print(f"size {size}: {plain.mean('recall'):.2f} → {crumbs.mean('recall'):.2f}, gain {gain}")

# %% [markdown]
# **What we saw.** The gain and its interval stand above; where the interval holds zero, these
# questions do not settle it. Breadcrumbs cost nothing at question time, so they are a fair bet, and
# lesson 04 measures them again together with search by words.

# %% [markdown]
# ## Where it breaks
#
# Some answers need two places: a rule on one page, a figure or an exception on another. However
# pages are cut, no single chunk can hold such an answer.

# %% tags=["nbval-ignore-output"]
best = runs["by_markdown", 200, 0]
for kind, scores in best.by_type("recall").items():
    print(f"{kind:<11} {np.mean(scores):.2f}  ({len(scores)} questions)")

# %% tags=["nbval-ignore-output"]
kinds = [question.type for question in best.questions]
half_found = [
    i for i, kind in enumerate(kinds) if kind == "two_page" and best.scores["recall"][i] < 1
]
worst = half_found[0] if half_found else kinds.index("two_page")
question = best.questions[worst]
print(wrapped(question.question))
for span in question.spans:
    found = any(
        c.source == span.file and c.start <= span.start < c.end for c in best.retrieved[worst]
    )
    print(wrapped(f"  {'found ' if found else 'MISSED'} {span.file}: {span.quote[:80]}"))

# %% [markdown]
# Half an answer is found, and a model that reads only this half will give it as the whole. Better
# cutting cannot mend that. Retrieving more chunks, or asking twice, can; so can knowing that the
# figure above is what you have.

# %% [markdown]
# ## Recap
#
# You saw that the model stops reading after 256 tokens, cut a page in four ways, measured what each
# finds with its interval, and weighed recall against the tokens it costs.
#
# In figures of this notebook:

# %% tags=["nbval-ignore-output"]
top = max(runs, key=lambda cell: runs[cell].mean("recall"))
low = min(runs, key=lambda cell: runs[cell].mean("recall"))
print(f"cosine of 2,000 tokens with their first 256   {vectors[0] @ vectors[1]:.3f}")
print(f"best cell   {top}: recall@5 {runs[top].mean('recall'):.2f}")
print(f"worst cell  {low}: recall@5 {runs[low].mean('recall'):.2f}")
print(f"by_markdown − by_tokens at 100 tokens: {differences['by_markdown − by_tokens, size 100']}")

# %% [markdown]
# **Next:** the right chunks are found; now somebody has to answer from them:
# [How do I make Claude answer from my documents only, and prove it?](03_grounded_answers.ipynb)
