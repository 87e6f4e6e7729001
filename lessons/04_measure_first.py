# ---
# jupyter:
#   workshop:
#     sections:
#       Opening: 2
#       1 · The anatomy of an evaluation set: 3
#       2 · How good is a ranking?: 11
#       3 · A ladder, one step at a time: 9
#       4 · Five outcomes of an answer: 6
#       5 · A gate: 2
#       Where it breaks: 2
#       The final figure: 1
#       Your own documents: 3
#       Recap: 1
# ---

# %% [markdown]
# # How good is it, and where does it fail?
#
# A demo answers the three questions that its maker tried. Whether a change made the system better,
# nobody can see by trying. This lesson builds the tool that can: a set of questions with known
# answers, figures with intervals, failures sorted by kind, and a gate that stops a change for the
# worse.
#
# **{minutes} minutes** · needs only the installation · everything runs without a key; with a key
# Claude answers in section 4, about 150 short calls that cost money
#
# ## You will be able to
#
# - tell what belongs into an evaluation set, and why it has two halves
# - measure a ranking with recall@k, reciprocal rank and nDCG
# - tell a real improvement from noise
# - sort answers into five outcomes and find the kind of question that fails

# %% [markdown]
# ## Setup

# %%
import numpy as np

from helpers import plots
from helpers.check import lesson_04 as check
from helpers.clients import who_answers
from helpers.data import DATA, load_questions
from helpers.embedding import load_embedder
from helpers.evaluation import load_documents
from helpers.wrapping import wrapped  # breaks long lines between words

K = 5  # how many chunks a model gets to read
embedder = load_embedder()
documents = load_documents(DATA / "handbook")
print(who_answers())

# %% [markdown]
# ## Words
#
# | word | meaning |
# |---|---|
# | *evaluation set* | questions with known answers, and questions known to have none |
# | *dev and test* | one half to try things out on, one half for the final figure only |
# | *recall@k* | share of the answers among the first k results |
# | *reciprocal rank* | 1 divided by the place of the first right result |
# | *interval* | where the figure might have come out with other questions of the same kind |

# %% [markdown]
# ## 1 · The anatomy of an evaluation set
#
# A line of `data/questions.jsonl` holds a question, its type, the places in the handbook that answer
# it (file, characters, and the words that stand there), and a phrase that a right answer contains.

# %%
dev = load_questions(split="dev")

question = next(q for q in dev if q.type == "table")
print(question.question)
for span in question.spans:
    print(wrapped(f"  {span.file} [{span.start}:{span.end}]  {span.quote}"))
print(f"  a right answer contains: {', '.join(question.answer)}")

# %%
from collections import Counter

for kind, count in Counter(q.type for q in dev).items():
    example = next(q.question for q in dev if q.type == kind)
    print(f"{kind:<11} {count:>3}  {example[:76]}")

# %% [markdown]
# Three things make such a set worth its trouble. It has *types*, so that failures can be sorted. It
# has questions *without an answer*: off-topic ones, and near misses that sound as if the handbook
# said it. And it has two halves. Everything you try is tried on `dev`; what you choose there is
# flattered by the choice, so the figure you report comes from `test`, once.
#
# ## 2 · How good is a ranking?
#
# ### Exercise 4.1 · recall@k
#
# *4 minutes · difficulty 1 of 5 · core*
#
# Return the share of the relevant chunks that are among the first k of the ranking. With the ranking
# a b c and a and c relevant, what is recall@1, and recall@3?


# %%
def recall_at_k(ranking, relevant, k):
    """Share of the relevant ones among the first k.

    Args:
        ranking: names, best first, such as ["a", "b", "c"].
        relevant: the set of right ones, such as {"a", "c"}; never empty.
        k: how many results count, such as 1.

    Returns:
        A number from 0 to 1; 0.5 for the example.
    """
    ### BEGIN SOLUTION
    return len(set(ranking[:k]) & set(relevant)) / len(relevant)
    ### END SOLUTION


# %%
check.recall_at_k(recall_at_k)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Of all that should have been found, how much
# was?</details>
# <details><summary>Hint 2: the operation</summary>Cut the ranking to k, intersect it with the
# relevant set, and divide by the size of that set.</details>
# <details><summary>Hint 3: "k=1: expected 0.5, got 1.0"</summary>You divided by k. That is
# precision: of what was found, how much was right.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** Recall looks from the side of the answers, so their number is below the line. A
# common wrong answer divides by k:


# %% tags=["solution", "wrong-answer"]
def precision_by_mistake(ranking, relevant, k):
    return len(set(ranking[:k]) & set(relevant)) / k


check.recall_at_k(precision_by_mistake)

# %% [markdown]
# ### Exercise 4.2 · reciprocal rank
#
# *4 minutes · difficulty 2 of 5 · core*
#
# Recall@5 does not care whether the right chunk came first or fifth. Return 1 divided by the place
# of the first relevant result, counted from 1, and 0 when there is none. What is it for the ranking
# a b c when b and c are relevant?


# %%
def reciprocal_rank(ranking, relevant):
    """One divided by the place of the first relevant result.

    Args:
        ranking: names, best first, such as ["a", "b", "c"].
        relevant: the set of right ones, such as {"b", "c"}.

    Returns:
        A number from 0 to 1; 0.5 for the example, 0 when nothing relevant is there.
    """
    ### BEGIN SOLUTION
    for place, name in enumerate(ranking, start=1):
        if name in relevant:
            return 1 / place
    return 0.0
    ### END SOLUTION


# %%
check.reciprocal_rank(reciprocal_rank)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Walk down the ranking until the first right
# one.</details>
# <details><summary>Hint 2: the operation</summary><code>enumerate(ranking, start=1)</code> gives
# place and name.</details>
# <details><summary>Hint 3: "expected 0.5, got 1.0"</summary>Places count from 1; an index counts
# from 0.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** The loop returns at the first hit, so later ones do not matter. A common wrong
# answer counts places from 0 and adds one only where it hurts:


# %% tags=["solution", "wrong-answer"]
def one_place_off(ranking, relevant):
    for place, name in enumerate(ranking):
        if name in relevant:
            return 1 / max(place, 1)
    return 0.0


check.reciprocal_rank(one_place_off)

# %% [markdown]
# *nDCG*, the third measure in the tables below, gives a result at place i the weight 1 / log2(i + 1)
# and divides by the best order possible. It lies between the other two: places count, but gently.
#
# ## 3 · A ladder, one step at a time
#
# Four set-ups, each of which changes one thing. **Dense** search compares meanings, as in lesson 01.
# **Lexical** search (BM25, a formula from the 1990s that still serves) counts shared words and weighs
# rare ones more. **Hybrid** merges the two rankings: a chunk gains 1 / (60 + its place) from each.
# The last step puts the headings of a chunk in front of it.
#
# **Predict.** Which step will gain most?
#
# 1. Cutting along the Markdown
# 2. Searching by words as well
# 3. Headings in front
#
# Embedding for the ladder takes about half a minute the first time.

# %% tags=["nbval-ignore-output"]
from helpers.evaluation import climb

runs = climb(documents, dev, embedder, k=K)

# %%
from helpers.evaluation import ladder_table, type_table

print(ladder_table(runs))

# %%
from helpers.evaluation import paired_difference

gains = [paired_difference(run.scores["recall"], runs[0].scores["recall"]) for run in runs[1:]]
plots.intervals(
    [gain.mean for gain in gains],
    [gain.low for gain in gains],
    [gain.high for gain in gains],
    labels=[run.name for run in runs[1:]],
    title="Gain over the first set-up, with 95 % intervals",
    xlabel="difference in recall@5",
)

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# No single step wins by itself; most of them add a little, and the sum is what the interval of the
# last row is about. That is the normal way to improve a system, and it is invisible without
# measurement: each of these steps would have been argued about for an hour.
#
# </details>
#
# ### How the interval is made
#
# The *bootstrap* asks: had we drawn other questions of the same kind, where would the figure have
# come out? We have no others, so we draw from our own with replacement, ten thousand times, and look
# at the range in which 95 of 100 of those means lie. For two systems we draw the *differences*
# question by question, because both saw the same questions and what is hard for one is mostly hard
# for the other.

# %%
first, last = runs[0].scores["recall"], runs[-1].scores["recall"]
random = np.random.default_rng(0)
differences = np.array(last) - np.array(first)
means = [random.choice(differences, differences.size).mean() for _ in range(10_000)]

print(f"mean {differences.mean():.3f}, 95 of 100 between {np.quantile(means, 0.025):.3f} "
      f"and {np.quantile(means, 0.975):.3f}")  # fmt: skip
print(f"helped {np.sum(differences > 0)}, hurt {np.sum(differences < 0)} of {differences.size}")

# %% [markdown]
# ### Where does it still fail?
#
# A mean hides that some kinds of question work and others do not.

# %%
print(type_table(runs))

# %%
worst = runs[-1]
failed = [q for q, score in zip(worst.questions, worst.scores["recall"], strict=True) if score == 0]
for question in [q for q in failed if q.type == "paraphrase"][:3]:
    print(wrapped(f"{question.question[:90]}\n  needs: {question.spans[0].quote[:90]}"))

# %% [markdown]
# **What we saw.** The questions that fail now are those that share no words with their answer and
# not much meaning either. A list such as this one is worth more than the mean: it says what to try
# next.

# %% [markdown]
# ## 4 · Five outcomes of an answer
#
# Retrieval is half of it. What was said in the end is one of five things:
#
# | the handbook | it answered | it refused |
# |---|---|---|
# | has the answer | *right* or *wrong* | *needlessly refused* |
# | does not have it | *invented* | *rightly refused* |
#
# Now every question of `dev` is answered from the best set-up, the unanswerable ones too. This takes
# one to two minutes the first time.
#
# **Predict.** Which will be refused more often?
#
# 1. Off-topic questions, such as about cooking
# 2. Near misses, on topic but not answered

# %% tags=["nbval-ignore-output"]
from tqdm.auto import tqdm

from helpers.evaluation import LADDER, OUTCOMES, judge
from helpers.evaluation.ladder import cut_all
from helpers.grounding import ask
from helpers.retrieval import Retriever

step = LADDER[-1]
retriever = Retriever(
    cut_all(step, documents), embedder, mode=step.mode, breadcrumbs=step.breadcrumbs
)
answers = {
    q.id: ask(q.question, [hit.chunk for hit in retriever.search(q.question, K)])
    for q in tqdm(dev, desc="answering", leave=False)
}

# %%
outcome = {
    q.id: judge(
        answers[q.id].text,
        refused=answers[q.id].refused,
        answer=q.answer,
        all_needed=q.all_needed,
    )
    for q in dev
}
kinds = list(dict.fromkeys(q.type for q in dev))
counts = [
    [sum(outcome[q.id] == o for q in dev if q.type == kind) for o in OUTCOMES] for kind in kinds
]

plots.stacked_shares(counts, rows=kinds, parts=OUTCOMES, title="What came of each question")

# %%
total = Counter(outcome.values())
print({name: total[name] for name in OUTCOMES})

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 1. A question about cooking lies far from everything and is easy to refuse. A near miss lies
# close to a real page, and nothing in the numbers says that its answer is missing: whoever answers
# has to *read*. The offline reader, which copies sentences, cannot; what it "invents" is a true
# sentence that answers another question. Here a language model earns its money; lesson 03 shows such
# answers one by one, and with a key what Claude makes of them.
#
# The offline reader is also wrong where the right chunk was found: it picks a sentence or two, and has
# to pick them by likeness. Compare its row with the recall in the table above to see what is lost in
# search, and what in reading.
#
# </details>

# %% [markdown]
# ## 5 · A gate
#
# An evaluation that nobody runs is forgotten. Put it where changes go through: a change passes when
# it is not *surely* worse than what is in use.


# %%
def gate(candidate, in_use, metric="recall"):
    """Whether a change may pass, and the interval that decides."""
    change = paired_difference(candidate.scores[metric], in_use.scores[metric])
    return change.high >= 0, change


for candidate in (runs[0], runs[2]):
    passes, change = gate(candidate, in_use=runs[-1])
    print(f"{'passes' if passes else 'STOPPED'}  {candidate.name}: {change}")

# %% [markdown]
# ## Where it breaks
#
# Twenty questions feel like a lot when you have written them. Draw twenty of ours at random, compare
# the first step of the ladder with the last, and do that a thousand times: how often does the *worse*
# set-up look better, or just as good?

# %%
random = np.random.default_rng(1)
for size in (10, 20, 50, 100):
    draws = [random.choice(differences, size, replace=False).mean() for _ in range(1000)]
    misled = np.mean(np.array(draws) <= 0)
    print(f"{size:>3} questions: misled {misled:.0%} of the time")

# %% [markdown]
# With few questions, noise is as large as most improvements. The interval would have said so.
#
# ## The final figure
#
# Everything above was tried on `dev`. Once, at the end, the chosen set-up meets `test`. To embed its
# questions takes about ten seconds the first time.

# %% tags=["nbval-ignore-output"]
test_runs = climb(documents, load_questions(split="test"), embedder, steps=LADDER[::3], k=K)

# %%
print(ladder_table(test_runs))

# %% [markdown]
# ## Your own documents
#
# Point the two paths at a folder of Markdown or text files and at a file of questions, one JSON object
# a line with `question`, `file` and `quote`, the words in that file that answer it:
#
# ```json
# {"question": "How long do refunds take?", "file": "refunds.md", "quote": "Refunds take 5 business days"}
# ```
#
# Twenty questions are a start, and the section above says how little they prove. The same table comes
# on the command line from `.venv/bin/python -m helpers.evaluation --docs FOLDER --questions FILE`
# (Windows: `.venv\Scripts\python`).
#
# The two files that stand here take about twenty seconds; your own take as long as it takes to embed
# them.

# %%
MY_DOCUMENTS = DATA / "handbook"
MY_QUESTIONS = DATA / "questions.jsonl"

# %%
from helpers.evaluation import load_own_questions

my_documents = load_documents(MY_DOCUMENTS)
my_questions = load_own_questions(MY_QUESTIONS, my_documents)
print(ladder_table(climb(my_documents, my_questions, embedder, k=K)))

# %% [markdown]
# ## Recap
#
# You took an evaluation set apart, wrote recall@k and reciprocal rank, measured a ladder of four
# set-ups with intervals, sorted answers into five outcomes, and built a gate.
#
# In figures of this notebook:

# %%
print(f"recall@{K}, first set-up   {runs[0].mean('recall'):.2f}")
print(f"recall@{K}, last set-up    {runs[-1].mean('recall'):.2f}")
print(f"gain, dev                 {gains[-1]}")
print(f"right answers, dev        {total['right']} of {len(worst.questions)}")
print(f"invented, dev             {total['invented']} of {len(dev) - len(worst.questions)}")

# %% [markdown]
# **Next:** looking things up has its limits; some things are learned from examples:
# [How do I teach judgement from examples?](05_fine_tuning_job.ipynb)
