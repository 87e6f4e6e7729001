# ---
# jupyter:
#   workshop:
#     sections:
#       Opening: 3
#       1 · One question, three contexts: 4
#       2 · Documents that can be cited: 9
#       3 · When to say "I don't know": 12
#       4 · Hostile documents: 7
#       5 · When the service has a bad day: 8
#       Where it breaks: 1
#       Recap: 1
# ---

# %% [markdown]
# # How do I make Claude answer from my documents only, and prove it?
#
# A language model that has read the right page can still answer from memory, mix two pages up, or
# obey a sentence that somebody hid in a document. This lesson puts the documents into the request
# in a form that can be cited, checks every citation, and then tries to break the result: with the
# wrong page, without a page, with hostile pages, and with a service that fails.
#
# **{minutes} minutes** · needs only the installation · everything runs without a key; with a key
# the same cells call Claude, about 280 short calls that cost money
#
# ## You will be able to
#
# - send documents so that an answer cites them, and check what it cites
# - choose when to refuse, and say what that costs
# - measure which defence stops which hostile document
# - survive rate limits, overload and broken connections

# %% [markdown]
# ## Setup

# %%
import numpy as np

from helpers import plots
from helpers.check import lesson_03 as check
from helpers.chunking import by_markdown
from helpers.clients import anthropic_client, who_answers
from helpers.data import DATA, load_attacks, load_questions
from helpers.embedding import load_embedder
from helpers.evaluation import Document, judge, load_documents
from helpers.grounding import ask
from helpers.retrieval import Retriever
from helpers.wrapping import wrapped  # breaks long lines between words

K = 5  # how many chunks the model gets to read
print(who_answers())

# %% [markdown]
# The index is that of lesson 04's best set-up: cut along the Markdown, headings in front, search by
# meaning and by words. Embedding it takes about half a minute the first time.

# %% tags=["nbval-ignore-output"]
embedder = load_embedder()
documents = load_documents(DATA / "handbook")
chunks = [c for d in documents for c in by_markdown(d.text, size=200, source=d.name)]
retriever = Retriever(chunks, embedder, mode="hybrid", breadcrumbs=True)


# %%
def retrieve(question, k=K):
    return [hit.chunk for hit in retriever.search(question, k)]


len(chunks)

# %% [markdown]
# ## Words
#
# | word | meaning |
# |---|---|
# | *grounded* | resting on text that was sent along, and on nothing else |
# | *citation* | words of a source, and where they stand, given with the answer |
# | *refusal* | "I don't know", said because the text does not answer |
# | *prompt injection* | a document that gives orders to the model that reads it |
# | *near miss* | a question on topic whose answer is not in the documents |

# %% [markdown]
# ## 1 · One question, three contexts
#
# What Stockwren's Pro plan costs stands on the page of prices. It also stands, differently, on last
# year's price list, which nobody has deleted. The question is the same three times; what is sent
# along is not.
#
# **Predict.** Which of the three answers is the most dangerous?
#
# 1. The one without context
# 2. The one from last year's list
# 3. The one from the right page
#
# Three answers take about ten seconds.

# %%
QUESTION = "How much is one Pro editor seat when we pay month by month?"
old_list = next(d for d in documents if d.name == "price-list-2025.md")

contexts = {
    "no context": [],
    "the wrong page": by_markdown(old_list.text, size=200, source=old_list.name),
    "what the search finds": retrieve(QUESTION),
}
answers = {name: ask(QUESTION, passages) for name, passages in contexts.items()}
for name, answer in answers.items():
    print(wrapped(f"{name}:\n  {answer.text}"))

# %% tags=["same-for-everyone"]
PRICES = ("€19", "€24")  # last year's, and today's
{name: [price for price in PRICES if price in answer.text] for name, answer in answers.items()}

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 2. An answer from the wrong page sounds exactly like one from the right page: it is fluent,
# it has a figure, it even cites. It is the most frequent failure of such systems, and the model has
# done nothing wrong. Whoever sent the page has.
#
# Without context the offline reader refuses, because it has no memory to answer from. A language
# model has one. With a key, run the next cell: it sends no documents and no instruction. Whatever
# figure comes back, nothing on this screen can tell you whether it is true.
#
# </details>

# %%
ask(QUESTION, [], instructions="").text

# %% [markdown]
# The instruction that the helper sends with every request is two sentences long, and both matter:
# *only from these*, and *what to say otherwise*.

# %%
from helpers.grounding import INSTRUCTIONS

print(wrapped(INSTRUCTIONS))

# %% [markdown]
# ## 2 · Documents that can be cited
#
# A document is best sent as a block of its own and not pasted into the question. A `search_result`
# block has a source, a title, and its text in small parts, since a part is the smallest thing that
# can be cited. Here is the first block of the request above, shortened:

# %%
from helpers.grounding import build_request

request = build_request(QUESTION, contexts["what the search finds"])
block = request["messages"][0]["content"][0]
for name in ("type", "source", "title", "citations"):
    print(f"{name}: {block[name]}")
for part in block["content"][:5]:
    print(f"  {part}"[:96])

# %% [markdown]
# What comes back is text, and with it the words that it rests on and where they stand. The helper
# compares each of them with the passage, character by character.

# %%
answer = answers["what the search finds"]
for citation in answer.citations:
    print(f"passage {citation.passage}, {citation.source}, verified: {citation.verified}")
    print(f"  {citation.cited_text.strip()[:90]}")

# %% tags=["same-for-everyone"]
answer.grounded  # it cites something, and every citation is verified

# %%
from helpers.highlights import draw_citations

draw_citations(answer, contexts["what the search finds"])

# %% [markdown]
# ### Exercise 3.1 · believe no citation
#
# *5 minutes · difficulty 2 of 5 · core*
#
# Anthropic's service cites what stands there. Other servers, and your own code, may not. Return the
# citations that do not hold: a citation is a pair of a passage's number and the cited words, and it
# holds when these words stand in *that* passage, character by character. In the example, does
# (0, "€24 a month") hold?


# %%
def unproven(citations, passages):
    """The citations whose words do not stand in their passage.

    Args:
        citations: pairs such as [(0, "5 business days"), (0, "€24 a month")]; numbers from 0.
        passages: texts such as ["Refunds take 5 business days.", "Pro costs €24 a month."].

    Returns:
        The pairs that do not hold, in order; [(0, "€24 a month")] for the example.
    """
    ### BEGIN SOLUTION
    return [
        (number, words)
        for number, words in citations
        if number >= len(passages) or words not in passages[number]
    ]
    ### END SOLUTION


# %%
check.unproven(unproven)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Two things can be wrong: the passage does not exist, or
# the words do not stand in it.</details>
# <details><summary>Hint 2: the operation</summary><code>words in passages[number]</code> compares
# character by character. Look first whether <code>number</code> is a passage at all.</details>
# <details><summary>Hint 3: "your code raised IndexError"</summary>A citation may name a passage that
# was never sent.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** The comparison is with the named passage and with nothing else. A common wrong
# answer looks through all of them, and believes a citation that points to the wrong source:


# %% tags=["solution", "wrong-answer"]
def proven_anywhere(citations, passages):
    return [(n, words) for n, words in citations if not any(words in p for p in passages)]


check.unproven(proven_anywhere)

# %% [markdown]
# ### What reading costs
#
# Everything that is sent is read and paid for, by the token. `count_tokens` asks without answering.

# %%
from helpers.grounding import count_tokens

for k in (1, 3, 5, 10, 20):
    print(f"{k:>2} chunks: {count_tokens(QUESTION, retrieve(QUESTION, k)):>5} tokens to read")

# %% [markdown]
# ### Word by word
#
# People wait more patiently when something is coming. A stream gives the answer in pieces, and its
# citations and token counts at the end.

# %% tags=["nbval-ignore-output"]
import time

from helpers.grounding import stream

began = time.perf_counter()
arriving = stream(
    "How long does a refund take after approval?", retrieve("How long do refunds take?")
)
for number, piece in enumerate(arriving):
    if number == 0:
        print(f"[first words after {time.perf_counter() - began:.2f} s] ", end="")
    print(piece, end="", flush=True)

# %%
print(wrapped(arriving.answer.text))
print(f"cited: {[citation.source for citation in arriving.answer.citations]}")

# %% [markdown]
# ## 3 · When to say "I don't know"
#
# A question that the documents do not answer should be refused. The obvious way is a threshold: if
# even the best chunk has a low cosine with the question, do not ask the model at all. How low is
# low? Here are the best cosines of all dev questions, sorted by what should happen to them. To embed
# the questions takes about ten seconds the first time.

# %%
dev = load_questions(split="dev")
dense = Retriever(chunks, embedder, breadcrumbs=True)
nearness = np.array([dense.search(q.question, 1)[0].score for q in dev])
kind = np.array([q.type if not q.answerable else "has an answer" for q in dev])

for name in ("has an answer", "near_miss", "off_topic"):
    low, middle, high = np.quantile(nearness[kind == name], [0.1, 0.5, 0.9])
    print(
        f"{name:<14} {sum(kind == name):>3} questions, cosine {low:.2f} · {middle:.2f} · {high:.2f}"
    )

# %% [markdown]
# **Predict.** The two lower rows should be refused. Which of them can a threshold on the cosine
# tell from the first?
#
# 1. Both
# 2. Off-topic questions only
# 3. Near misses only
#
# Now every dev question is answered, which takes about a minute the first time, and then a
# threshold is laid over all of it, from very lax to very strict.

# %% tags=["nbval-ignore-output"]
from tqdm.auto import tqdm

dev_answers = [
    ask(q.question, retrieve(q.question)) for q in tqdm(dev, desc="answering", leave=False)
]

# %%
outcomes = np.array(
    [
        judge(a.text, refused=a.refused, answer=q.answer, all_needed=q.all_needed)
        for q, a in zip(dev, dev_answers, strict=True)
    ]
)
has_answer = kind == "has an answer"


def shares_at(threshold):
    passed = nearness >= threshold
    return {
        "answered right": np.mean((passed & (outcomes == "right"))[has_answer]),
        "answered wrong": np.mean((passed & (outcomes == "wrong"))[has_answer]),
        "needlessly refused": np.mean((~passed | (outcomes == "needlessly refused"))[has_answer]),
        "near misses let through": np.mean(passed[kind == "near_miss"]),
        "off topic let through": np.mean(passed[kind == "off_topic"]),
    }


thresholds = np.linspace(0.1, 0.8, 29)
rows = [shares_at(threshold) for threshold in thresholds]
plots.curves(
    thresholds,
    {name: [row[name] for row in rows] for name in rows[0]},
    title="What a threshold on the best cosine does",
    xlabel="threshold; below it nobody is asked",
    ylabel="share of the questions of each kind",
)

# %%
for threshold in (0.2, 0.3, 0.4, 0.5, 0.6):
    print(f"threshold {threshold:.1f}")
    shares = (f"{name} {share:.2f}" for name, share in shares_at(threshold).items())
    print(wrapped("  " + ", ".join(shares)))

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 2. Off-topic questions fall away first, long before anything is lost. Near misses fall
# together with the questions that do have an answer: they are about the same things in the same
# words, and the cosine cannot see that the one fact asked for is missing. Each further step to the
# right trades wrong answers against needless refusals, and no place on the axis has neither.
#
# The line of needless refusals does not begin at zero, because whoever answers may refuse as well.
# The offline reader has a threshold of its own on what it is sent, chosen on these same dev
# questions.
#
# </details>
#
# ### Exercise 3.2 · as strict as you can afford
#
# *7 minutes · difficulty 3 of 5 · core*
#
# Return the highest threshold at which at most a given share of the questions *that have an answer*
# is refused. A question is refused when its score lies below the threshold. Try only the scores of
# questions that have an answer as thresholds. With answerable questions at 0.9, 0.8, 0.5 and 0.3 and
# a quarter that may be lost: which threshold is it?


# %%
def highest_threshold(scores, answerable, most_lost):
    """The strictest threshold that refuses at most a share of the answerable questions.

    Args:
        scores: one number a question, such as [0.9, 0.8, 0.5, 0.3, 0.6, 0.2].
        answerable: whether each has an answer, such as [True, True, True, True, False, False].
        most_lost: share of the answerable ones that may be refused, such as 0.25.

    Returns:
        One of the answerable scores; 0.5 for the example.
    """
    ### BEGIN SOLUTION
    scores, answerable = np.array(scores), np.array(answerable)
    good = np.sort(scores[answerable])
    return max(t for t in good if np.mean(good < t) <= most_lost)
    ### END SOLUTION


# %%
check.highest_threshold(highest_threshold)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Only the answerable questions decide. The others will be
# refused or not, as it comes.</details>
# <details><summary>Hint 2: the operations</summary>Pick the scores with
# <code>np.array(scores)[np.array(answerable)]</code>. For a threshold t the share lost is
# <code>np.mean(good &lt; t)</code>.</details>
# <details><summary>Hint 3: "expected 0.5, got 0.3"</summary>The share was taken of all
# questions.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** The threshold is a promise to people whose question has an answer, so the share is
# one of them. A common wrong answer takes the share of all questions:


# %% tags=["solution", "wrong-answer"]
def highest_of_all(scores, answerable, most_lost):
    return max(t for t in scores if np.mean(np.array(scores) < t) <= most_lost)


check.highest_threshold(highest_of_all)

# %%
from helpers.evaluation import highest_threshold as strictest

chosen = strictest(nearness, has_answer, most_lost=0.1)
print(f"threshold {chosen:.2f}, chosen on dev: at most a tenth is lost to it")
for name, share in shares_at(chosen).items():
    print(f"  {name:<24} {share:.2f}")

# %% [markdown]
# ### Near misses, one by one
#
# These questions are about the handbook and are not answered there. Read what came back.

# %%
near_misses = [(q, a) for q, a in zip(dev, dev_answers, strict=True) if q.type == "near_miss"]
for question, answer in near_misses[:5]:
    print(wrapped(f"{question.question}\n  {answer.text[:150]}"))

# %% [markdown]
# From the offline reader these are true sentences, word for word from the handbook, which answer
# something else. It cannot read, only compare, and comparing does not show that a fact is missing.
# This is what you pay a language model for. With a key, the cell above and the count below show what
# it adds on your machine; without one, the count is the reader's.

# %%
answered = sum(not answer.refused for _, answer in near_misses)
model = near_misses[0][1].model
print(f"{model}: answered {answered} of {len(near_misses)} near misses, all better refused")

# %% [markdown]
# ## 4 · Hostile documents
#
# An index often holds text that strangers wrote: forum posts, tickets, attachments. Some of it may be
# meant for the model. The course has a small set of such documents. Each waits for one question, and
# wants one thing to be said. Here are two:

# %%
attacks = load_attacks()
for attack in (attacks[0], attacks[3]):
    print(wrapped(f"{attack.kind}, in {attack.source}: {attack.question}\n{attack.text}"))

# %% [markdown]
# **Predict.** A reader that only copies sentences cannot obey an order. Is it safe from these
# documents?
#
# 1. Yes, orders have no effect on it
# 2. No, it will copy what they plant
#
# Four defences, each applied to every document before it is indexed:
#
# | defence | what it removes |
# |---|---|
# | hidden text | comments, invisible elements, characters of width zero, tags |
# | orders | sentences that speak to a model |
# | foreign links | sentences with addresses outside our own domain |
# | strangers | every document that does not come from the handbook's folder |

# %%
from functools import partial

from helpers.defences import from_trusted, without_foreign_links, without_hidden, without_orders

own_links_only = partial(without_foreign_links, allowed=["stockwren.example"])


def cleaned(documents, *defences):
    """Each document after all the defences."""
    for defence in defences:
        documents = [Document(d.name, defence(d.text)) for d in documents]
    return documents


handbook = [Document(f"handbook/{d.name}", d.text) for d in documents]
poisoned = handbook + [Document(a.source, a.text) for a in attacks]
trusted = from_trusted(poisoned, places=["handbook/"])
SETUPS = {
    "no attack": handbook,
    "no defence": poisoned,
    "without hidden text": cleaned(poisoned, without_hidden),
    "without orders": cleaned(poisoned, without_orders),
    "without foreign links": cleaned(poisoned, own_links_only),
    "without strangers": trusted,
    "all four": cleaned(trusted, without_hidden, without_orders, own_links_only),
}

# %% [markdown]
# Seven set-ups are searched and asked, which takes one to two minutes the first time.

# %% tags=["nbval-ignore-output"]
from helpers.evaluation import run_attacks

results = {
    name: run_attacks(attacks, setup, embedder, k=K)
    for name, setup in tqdm(SETUPS.items(), desc="set-ups", leave=False)
}

# %%
SIGNS = {
    "the planted words": ("✗", "#F3B48B"),
    "planted and true": ("✗✓", "#F7DDA4"),
    "the true answer": ("✓", "#BBDDEE"),
    "neither": ("–", "#E6E6E6"),
}


def outcome_of(result):
    if result.said:
        return "planted and true" if result.right else "the planted words"
    return "the true answer" if result.right else "neither"


plots.outcome_grid(
    [[outcome_of(results[name][row]) for name in SETUPS] for row in range(len(attacks))],
    rows=[f"{a.id} {a.kind.replace('_', ' ')}" for a in attacks],
    columns=list(SETUPS),
    signs=SIGNS,
    title="What the answer said",
)

# %%
print(f"{'':<22} planted words  true answer  handbook pages changed")
before = {d.name: d.text for d in handbook}
for name, setup in SETUPS.items():
    said = sum(result.said for result in results[name])
    right = sum(result.right for result in results[name])
    changed = sum(before.get(d.name, d.text) != d.text for d in setup)
    print(f"{name:<22} {said:>8} of {len(attacks)}  {right:>5} of {len(attacks)}  {changed:>10}")

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 2. The offline reader obeys nothing and is fooled all the same: what was planted looks like
# the best answer, and it copies it, order included. Look at the rows to see which defence stops which
# kind. Filters on the text stop the kind that they know. What is left in the last column was written
# by somebody with an editor's account, in plain words, without an order and without a link. No filter
# sees a lie; there, only somebody who looks at changes of the handbook helps.
#
# Defences have a price as well. The last column of the table counts pages of our own that were
# changed, and leaving strangers out leaves their useful answers out too.
#
# What this cannot show: a language model may *obey*, call a tool, or leak what else stands in its
# context, which the offline reader never does; and a good one resists many of these texts, which
# the offline reader never does either. With a key, this table is about Claude.
#
# </details>
#
# Whatever comes through, a citation shows where it comes from. Under the first attack, without a
# defence:

# %%
first = results["no defence"][0]
for citation in first.answer.citations:
    print(wrapped(f"{citation.source}: {citation.cited_text.strip()[:100]}"))

# %% [markdown]
# ## 5 · When the service has a bad day
#
# Services limit how much you may ask, are overloaded, and break off. The embedded provider does all
# that on request, through a header, so that you can see it without waiting for a bad day. (With a key
# the header is ignored, and these cells simply answer.)
#
# The SDK tries again by itself: twice, with growing pauses, and it obeys the service when that says
# how long to wait. Here the first two attempts fail:


# %%
def on_a_bad_day(fault, **options):
    """A client whose every request meets that fault."""
    return anthropic_client().with_options(default_headers={"x-offline-fault": fault}, **options)


patient = on_a_bad_day("rate_limit; times=2; retry-after=0.1")
print(wrapped(ask(QUESTION, retrieve(QUESTION), client=patient).text))

# %% [markdown]
# When that is not enough, an exception comes, and there are a dozen kinds. The helper says of each
# what happened and what to do:

# %%
from helpers.failures import ServiceError

for fault in (
    "rate_limit; retry-after=20",
    "overloaded",
    "invalid_key",
    "no_credit",
    "unknown_model",
):
    try:
        ask(QUESTION, [], client=on_a_bad_day(fault, max_retries=0))
    except ServiceError as error:
        print(wrapped(f"{error}\n"))

# %% [markdown]
# The nastiest failure is quiet: a stream that ends in the middle looks finished. What tells is that
# no `stop_reason` has come.

# %%
for fault in ("broken_stream", "silent_end", "stream_error"):
    pieces = stream(QUESTION, retrieve(QUESTION), client=on_a_bad_day(fault, max_retries=0))
    try:
        print(wrapped("".join(pieces)))
    except ServiceError as error:
        print(wrapped(f"{fault}: {error}"))

# %% [markdown]
# ### Exercise 3.3 · how long to wait
#
# *5 minutes · difficulty 2 of 5 · stretch*
#
# Return how many seconds to wait after a failed attempt. If the service said how long, obey. If not,
# begin with FIRST and double with each further failure, but never wait longer than LONGEST. Attempts
# count from 0. How long is the wait after the fourth failure, attempt 3?

# %%
FIRST, LONGEST = 0.5, 8.0


def seconds_to_wait(attempt, retry_after):
    """Seconds to wait after a failed attempt.

    Args:
        attempt: 0 for the first attempt, such as 3.
        retry_after: seconds the service asked for, or None when it said nothing.

    Returns:
        Seconds; 4.0 for attempt 3 without a word from the service.
    """
    ### BEGIN SOLUTION
    if retry_after is not None:
        return retry_after
    return min(LONGEST, FIRST * 2**attempt)
    ### END SOLUTION


# %%
check.seconds_to_wait(seconds_to_wait)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Each wait is twice the one before, up to a
# limit.</details>
# <details><summary>Hint 2: the operation</summary><code>FIRST * 2**attempt</code>, and
# <code>min</code> for the limit.</details>
# <details><summary>Hint 3: "eleventh failure: expected 8.0, got 512.0"</summary>The limit is
# missing.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** Doubling backs off quickly from a service in trouble, the limit keeps people from
# waiting for ever, and what the service says comes first. (Real clients add a little chance, so that
# a thousand of them do not come back in the same instant.) A common wrong answer forgets the limit:


# %% tags=["solution", "wrong-answer"]
def without_a_limit(attempt, retry_after):
    return retry_after if retry_after is not None else FIRST * 2**attempt


check.seconds_to_wait(without_a_limit)

# %% [markdown]
# ## Where it breaks
#
# A citation proves that the words stand there. It does not prove that they answer, nor that they are
# still true. The wrong page of section 1 was cited too, and every one of its citations holds:

# %%
wrong = answers["the wrong page"]
print(wrapped(wrong.text))
print(f"citations verified: {[citation.verified for citation in wrong.citations]}")

# %% [markdown]
# ## Recap
#
# You sent documents as blocks that can be cited, checked every citation, laid a threshold over real
# answers, measured four defences against hostile documents, and saw a service fail in eight ways.
#
# In figures of this notebook:

# %%
print(f"{'answered by':<44} {answers['no context'].model}")
for name in ("right", "wrong", "needlessly refused"):
    print(f"{f'of those with an answer, {name}':<44} {np.mean(outcomes[has_answer] == name):.2f}")
for name in ("off_topic", "near_miss"):
    said = np.mean(outcomes[kind == name] == "invented")
    print(f"{name.replace('_', ' ') + ', answered all the same':<44} {said:.2f}")
for name in ("no defence", "all four"):
    said = sum(result.said for result in results[name])
    print(f"{f'planted words said, {name}':<44} {said} of {len(attacks)}")

# %% [markdown]
# **Next:** these figures came from one half of the questions, and some of them are small. How far can
# they be trusted? [How good is it, and where does it fail?](04_measure_first.ipynb)
