# ---
# jupyter:
#   workshop:
#     sections:
#       Opening: 2
#       1 · Three facts become numbers: 3
#       2 · How alike are two sentences?: 7
#       "3 · Only the best few: top-k": 6
#       4 · The whole of RAG: 3
#       5 · A whole handbook: 4
#       Where it breaks: 3
#       Your own RAG, with citations: 11
#       Recap: 1
# ---

# %% [markdown]
# # How does a machine find the right sentence?
#
# A language model does not know your product. Before it can answer from your documents, something
# must pick the few sentences that matter out of thousands. You will build that something: first
# for three sentences and with a pencil, then for a whole handbook.
#
# **{minutes} minutes** · needs only the installation · everything runs without a key; with a key
# the answers come from Claude, and the search stays the same
#
# ## You will be able to
#
# - turn sentences into vectors and say how alike they are
# - search thousands of vectors with one matrix product
# - build retrieval-augmented generation in about twenty lines, with citations
# - name three kinds of question on which this search fails

# %% [markdown]
# ## Setup

# %%
import numpy as np

from helpers import plots
from helpers.check import lesson_01 as check
from helpers.clients import who_answers
from helpers.settings import get_settings
from helpers.wrapping import wrapped  # breaks long lines between words

MODEL = get_settings().claude_model  # the setting WORKSHOP_CLAUDE_MODEL
EMBEDDER = "local:all-MiniLM-L6-v2"  # the one line to change for another embedding model
print(who_answers())

# %% [markdown]
# ## Words
#
# | word | meaning |
# |---|---|
# | *embedding* | a list of numbers, a *vector*, that stands for the meaning of a text |
# | *cosine similarity* | how far two vectors point the same way: 1 the same, 0 unrelated |
# | *query* | what is searched for, here a question |
# | *top-k* | the k best results, best first |
# | *chunk* | a piece of a document, small enough to embed and to show to a model |

# %% [markdown]
# ## 1 · Three facts become numbers
#
# Here are three facts from the handbook of Stockwren, a company that makes software for keeping
# stock. An *embedding model* reads each one and writes down a vector. It was trained on pairs of
# texts so that texts which mean the same get vectors that point the same way.
#
# **Predict.** Three sentences go in, of 5 to 8 words each. What comes out?
#
# 1. Three vectors, one number a word
# 2. Three vectors of the same length
# 3. One vector for all three
#
# The next cell but one loads the model, which takes ten to thirty seconds the first time.

# %%
FACTS = [
    "Refunds take 5 business days.",
    "Enterprise has SSO and a 99.9 % SLA.",
    "Pro is limited to 100 API requests a minute.",
]

# %% tags=["nbval-ignore-output"]
from helpers.embedding import load_embedder

embedder = load_embedder(EMBEDDER)
fact_vectors = embedder.embed_documents(FACTS)

# %%
fact_vectors.shape

# %%
fact_vectors[0, :6].round(2)

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 2. A sentence of any length becomes 384 numbers. No single number means anything that a
# person could name; together they are a direction in a space of 384 dimensions.
#
# </details>

# %% [markdown]
# ## 2 · How alike are two sentences?
#
# Two vectors that point the same way mean about the same. The *cosine* of the angle between them
# says it in one number: multiply them element by element and add up (the *dot product*), then
# divide by the two lengths.
#
# With a pencil: a = (3, 4) and b = (4, 3). The dot product is 3·4 + 4·3 = 24. Each length is
# √(9 + 16) = 5. So the cosine is 24 / (5 · 5) = 0.96.
#
# ### Exercise 1.1 · cosine by hand
#
# *4 minutes · difficulty 2 of 5 · core*
#
# Return the cosine of the angle between two vectors. Assume that neither is all zeros. Before you
# write it: what is the cosine of (1, 0) and (0, 5)?


# %%
def cosine(a, b):
    """Cosine of the angle between two vectors.

    Args:
        a: array of shape (d,), such as np.array([3.0, 4.0]).
        b: array of shape (d,), such as np.array([4.0, 3.0]).

    Returns:
        A number from -1 to 1; 0.96 for the two above.
    """
    ### BEGIN SOLUTION
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    ### END SOLUTION


# %%
check.cosine(cosine)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Only the direction counts. A vector that is twice as
# long must give the same cosine.</details>
# <details><summary>Hint 2: the operations</summary><code>a @ b</code> is the dot product and
# <code>np.linalg.norm(a)</code> is a length.</details>
# <details><summary>Hint 3: "expected 0.96, got 24.0"</summary>That is the dot product. Divide it
# by both lengths.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** The dot product is length × length × cosine, so dividing by the lengths leaves
# the cosine. A common wrong answer is the dot product alone. It looks right with vectors of length
# 1, which most embedding models give, and it fails with all others:


# %% tags=["solution", "wrong-answer"]
def dot_product_only(a, b):
    return a @ b


check.cosine(dot_product_only)

# %% [markdown]
# ### All pairs at once
#
# Our embedder gives vectors of length 1, so a dot product *is* a cosine, and a product of two
# matrices is all cosines in one go: row *i*, column *j* compares question *i* with fact *j*.
#
# **Predict.** The three questions below share hardly a word with the facts. Will the right fact
# still get the highest number in each row?
#
# 1. Yes, in all three rows
# 2. Only where a word is shared
# 3. No, without shared words it is chance

# %%
QUESTIONS = [
    "How long until I get my money back?",
    "Which plan lets us log in with our company accounts?",
    "How many calls may we make to your interface?",
]
question_vectors = embedder.embed_documents(QUESTIONS)

similarity = question_vectors @ fact_vectors.T
similarity.round(2)

# %%
plots.heat_map(similarity, rows=QUESTIONS, columns=FACTS, title="Questions against facts")

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 1: the brightest cell of each row is the right fact. "Money back" found "refunds" and
# "calls to your interface" found "API requests" without a common word, which a search for words
# could not do. Look at the second row too: its best cell is right, but much weaker than the other
# two. How weak is too weak? Remember that question; it returns at the end.
#
# </details>

# %% [markdown]
# ## 3 · Only the best few: top-k
#
# A search returns the *k* best results, best first. With thousands of scores it would be a waste
# to sort them all.
#
# ### Exercise 1.2 · top-k
#
# *5 minutes · difficulty 2 of 5 · core*
#
# Return the indices of the k highest scores, best first. Where scores are equal, the lower index
# comes first. If k is larger than the number of scores, return them all. For the scores
# (0.1, 0.9, 0.5) and k = 2, which indices come back, and in which order?


# %%
def top_k(scores, k):
    """Indices of the k highest scores.

    Args:
        scores: array of shape (n,), such as np.array([0.1, 0.9, 0.5]).
        k: how many, such as 2; may be larger than n.

    Returns:
        Indices, best first; [1, 2] for the example.
    """
    ### BEGIN SOLUTION
    return np.argsort(-scores, kind="stable")[:k]
    ### END SOLUTION


# %%
check.top_k(top_k)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Sort the indices by their scores, then cut.</details>
# <details><summary>Hint 2: the operation</summary><code>np.argsort</code> gives indices from the
# lowest value to the highest. Which values would turn that round?</details>
# <details><summary>Hint 3: "expected [0, 1], got [1, 0]" with equal scores</summary>Reversing an
# ascending sort also reverses the ties. Sort <code>-scores</code> with
# <code>kind="stable"</code>.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** Sorting the negative scores puts the best first, and a stable sort leaves equal
# scores in their order. `helpers.search.top_k`, used from here on, gives the same result without
# sorting what is thrown away. A common wrong answer reverses an ascending sort:


# %% tags=["solution", "wrong-answer"]
def reversed_sort(scores, k):
    return np.argsort(scores, kind="stable")[::-1][:k]


check.top_k(reversed_sort)

# %% [markdown]
# ## 4 · The whole of RAG
#
# RAG is short for *retrieval-augmented generation*: **retrieve** the facts that fit the question,
# put them into the prompt, and let a model **generate** the answer from them. Everything before
# this line was the R. Here is all of it, with the vendor's own SDK in plain sight.

# %%
from helpers.clients import anthropic_client
from helpers.search import top_k as best

PROMPT = """Answer from the facts only. If they do not say, reply: I don't know.

Facts:
{facts}

Question: {question}"""


def answer_from_facts(question, k=2):
    scores = fact_vectors @ embedder.embed_query(question)
    found = [FACTS[index] for index in best(scores, k)]
    message = anthropic_client().messages.create(
        model=MODEL,
        max_tokens=200,
        messages=[
            {
                "role": "user",
                "content": PROMPT.format(facts="\n".join(found), question=question),
            }
        ],
    )
    return message.content[0].text


# %% [markdown]
# **Predict.** The three facts do not say who founded the company. What will the second line be?
#
# 1. An invented name
# 2. "I don't know", or words to that effect
# 3. The nearest fact

# %%
for question in ["What is the rate limit on Pro?", "Who founded the company?"]:
    print(wrapped(f"{question}\n  {answer_from_facts(question)}"))

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 2. The search did return two facts for the second question: a search always returns
# something. The refusal comes from the reader of the prompt, which was told to answer from the
# facts only. The offline reader obeys because it can do nothing else; for a language model the
# sentence in the prompt matters a great deal.
#
# </details>

# %% [markdown]
# ## 5 · A whole handbook
#
# The same steps, on real text. A page is too long for one vector, so each page is cut into chunks
# of 200 tokens. Lesson 02 asks whether that was wise.

# %%
from helpers.chunking import by_tokens
from helpers.data import load_handbook

pages = load_handbook()
chunks = [chunk for page in pages for chunk in by_tokens(page.text, size=200, source=page.name)]
print(f"{len(pages)} pages, {len(chunks)} chunks")

# %% [markdown]
# Embedding all chunks takes about fifteen seconds on a laptop. The vectors are kept on disk, so
# the second time is instant.

# %% tags=["nbval-ignore-output"]
chunk_vectors = embedder.embed_documents([chunk.text for chunk in chunks])

# %%
query = "Can I get my money back after cancelling?"
scores = chunk_vectors @ embedder.embed_query(query)
nearest = best(scores, k=5)

plots.score_bars(
    scores[nearest],
    labels=[
        f"{chunks[index].source} [{chunks[index].start}:{chunks[index].end}]" for index in nearest
    ],
    title=query,
    highlight=1,
)

# %% [markdown]
# Nobody can look at 384 dimensions. *Principal component analysis* finds the two directions in
# which the chunks differ most and draws only those, like the shadow of a cloud on a wall. Chunks
# about the same matter land together, although nobody told the model what the pages are about.

# %%
from sklearn.decomposition import PCA

flat = PCA(n_components=2, random_state=0).fit(chunk_vectors)
area = {page.name: page.area for page in pages}

plots.meaning_map(
    flat.transform(chunk_vectors),
    groups=[area[chunk.source] for chunk in chunks],
    query=flat.transform(embedder.embed_query(query)[None, :])[0],
    nearest=nearest,
    title="The handbook in two dimensions, with a question dropped in",
)

# %% [markdown]
# **What we saw.** The areas of the handbook form clouds that overlap. The retrieved chunks are
# ringed; some look far from the star, because the shadow shows two of 384 directions and the
# search uses all of them.
#
# Which model made the vectors is one string: `EMBEDDER`, in the setup. With a key in `.env`,
# `"openai:text-embedding-3-small"`, `"voyage:voyage-4"` and `"cohere:embed-v4.0"` ask a service
# instead, which costs money. All vectors of one search must come from the same model.

# %% [markdown]
# ## Where it breaks
#
# Similar is not the same as right. Three failures, each worth remembering when an answer
# surprises you.
#
# **Predict.** Which of these two has the higher cosine with "Deleted items can be restored."?
#
# 1. "Deleted items cannot be restored."
# 2. "You can get back what you have removed."

# %%
from helpers.search import cosine_similarity

statement = "Deleted items can be restored."
opposite = "Deleted items cannot be restored."
same_meaning = "You can get back what you have removed."

cosine_similarity(
    embedder.embed_query(statement), embedder.embed_documents([opposite, same_meaning])
).round(2)

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# The opposite is closer. The two sentences are about the same thing in almost the same words, and
# that is what the vectors record. A *negation* hardly moves them.
#
# </details>

# %% [markdown]
# **Look-alike identifiers.** To the handbook these are four different error codes. To the model
# they are nearly the same string of characters:

# %%
CODES = ["SW-4012", "SW-4021", "SW-4120", "SW-5031"]
code_vectors = embedder.embed_documents(CODES)
plots.heat_map(
    code_vectors @ code_vectors.T, rows=CODES, columns=CODES, title="Error codes against themselves"
)

# %% [markdown]
# **No answer.** The handbook has nothing about gyms. The search returns its best chunks all the
# same, because some chunk is always the nearest:

# %%
unanswerable = "How do I cancel my gym membership?"
for question in [unanswerable, query]:
    scores = chunk_vectors @ embedder.embed_query(question)
    print(f"{scores.max():.2f}  {question} → {chunks[best(scores, 1)[0]].source}")

# %% [markdown]
# The question about the gym scores about as high as the one about money, which the handbook does
# answer, and higher than the right fact in the second row of the first heat map. So no fixed
# threshold on the score settles it. Whether an answer is *there* is decided by whoever reads the
# chunks, and lesson 03 measures how well that works.

# %% [markdown]
# ## Your own RAG, with citations
#
# An answer that nobody can check is worth little. When the chunks travel as `search_result` blocks
# with citations switched on, the answer says which chunk each statement stands in, word for word.
# This is one block:
#
# ```python
# {
#     "type": "search_result",
#     "source": "refunds",                      # where the chunk is from
#     "title": "refunds",
#     "content": [{"type": "text", "text": "…the text of the chunk…"}],
#     "citations": {"enabled": True},
# }
# ```
#
# ### Exercise 1.3 · ask the handbook
#
# *10 minutes · difficulty 3 of 5 · core*
#
# Return the message that answers a question from the `k` nearest chunks. Send one `search_result`
# block a chunk, then the question as a block `{"type": "text", "text": question}`, all as the
# content of one user message. Use `chunk_vectors`, `chunks`, `embedder` and `best` from above.


# %%
def ask_handbook(question, k=5):
    """Answer a question from the handbook, with citations.

    Args:
        question: such as "How long do refunds take?".
        k: how many chunks the model gets to read.

    Returns:
        What client.messages.create(...) returns. Its content is a list of blocks; a block has
        .text and .citations, and a citation has .cited_text and .source.
    """
    ### BEGIN SOLUTION
    scores = chunk_vectors @ embedder.embed_query(question)
    found = [chunks[index] for index in best(scores, k)]
    blocks = [
        {
            "type": "search_result",
            "source": chunk.source,
            "title": chunk.source,
            "content": [{"type": "text", "text": chunk.text}],
            "citations": {"enabled": True},
        }
        for chunk in found
    ]
    return anthropic_client().messages.create(
        model=MODEL,
        max_tokens=300,
        system="Answer from the search results only. If they do not say, reply: I don't know.",
        messages=[{"role": "user", "content": [*blocks, {"type": "text", "text": question}]}],
    )
    ### END SOLUTION


# %%
check.ask_handbook(ask_handbook)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>It is <code>answer_from_facts</code> with other
# vectors, and with blocks in place of one string.</details>
# <details><summary>Hint 2: the operation</summary>Build a list of dictionaries with a list
# comprehension over the chunks found, then <code>[*blocks, {"type": "text", "text":
# question}]</code>.</details>
# <details><summary>Hint 3: "the answer cites nothing"</summary>Citations are off unless each block
# says <code>"citations": {"enabled": True}</code>.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** The blocks keep every chunk apart from the instructions and from the question,
# so the answer can say where it stands. A common wrong answer pastes everything into one string;
# it answers, and nobody can check it:


# %% tags=["solution", "wrong-answer"]
def ask_without_blocks(question, k=5):
    scores = chunk_vectors @ embedder.embed_query(question)
    facts = "\n".join(chunks[index].text for index in best(scores, k))
    return anthropic_client().messages.create(
        model=MODEL,
        max_tokens=300,
        messages=[{"role": "user", "content": PROMPT.format(facts=facts, question=question)}],
    )


check.ask_handbook(ask_without_blocks)

# %% [markdown]
# From here on the course uses `helpers.grounding.ask`, which does the same, sentence by sentence,
# and compares every citation with its chunk before it believes it. Four questions take about ten
# seconds.

# %%
from helpers.grounding import ask


def ask_best(question, k=5):
    nearest = best(chunk_vectors @ embedder.embed_query(question), k)
    return ask(question, [chunks[index] for index in nearest])


answers = {
    question: ask_best(question)
    for question in [
        "How long do refunds take?",
        "What is the API rate limit on Pro?",
        "Which plan includes single sign-on?",
        "Who founded the company?",
    ]
}
for question, answer in answers.items():
    print(wrapped(f"{question}\n  {answer.text}"))
    for citation in answer.citations:
        print(f"  [{citation.source}] verified: {citation.verified}")

# %% [markdown]
# ## Recap
#
# You turned sentences into vectors and compared them with cosines, searched a handbook with one
# matrix product, built RAG in about twenty lines with citations, and saw three kinds of question
# on which similarity misleads: negations, look-alike identifiers, and questions without an answer.
#
# In figures of this notebook:

# %%
print(f"chunks in the handbook      {len(chunks)}")
print(f"numbers in one embedding    {chunk_vectors.shape[1]}")
print(f"best score, with answer     {(chunk_vectors @ embedder.embed_query(query)).max():.2f}")
print(
    f"best score, without answer  {(chunk_vectors @ embedder.embed_query(unanswerable)).max():.2f}"
)
print(
    f"answers with a citation     {sum(bool(a.citations) for a in answers.values())} of {len(answers)}"
)

# %% [markdown]
# **Next:** every answer above depended on how the pages were cut. How much, is measured there:
# [What should one retrievable piece be?](02_chunking.ipynb)
