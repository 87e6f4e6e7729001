# ---
# jupyter:
#   workshop:
#     sections:
#       Opening: 1
#       1 · The preflight table: 2
#       2 · Who is answering?: 2
#       3 · How an exercise works: 2
#       4 · The map: 1
#       5 · Words: 1
#       Recap: 1
# ---

# %% [markdown]
# # Is my machine ready, and who is answering?
#
# This workshop answers one question with measurements that you make yourself: *should I give my
# language model documents to read (retrieval), or train it on examples (fine-tuning)?*
# This first notebook checks your machine and shows how all the others work.
#
# **{minutes} minutes** · needs nothing but the installation · everything here runs without a key
# and without a network
#
# ## You will be able to
#
# - tell whether your machine is ready, and mend it if it is not
# - say who answers in these notebooks: a small program on your machine, or Claude
# - read the three signs of an exercise check: `○`, `✗` and `✓`

# %% [markdown]
# ## Setup
#
# A cell runs with <kbd>Shift</kbd>+<kbd>Enter</kbd>. Run the cells from top to bottom.

# %%
from helpers import doctor
from helpers.check import lesson_00 as check
from helpers.settings import get_settings

MODEL = get_settings().claude_model  # one setting for all lessons: WORKSHOP_CLAUDE_MODEL

# %% [markdown]
# ## 1 · The preflight table
#
# Each line below is looked up on your machine at this moment: the Python version, the installed
# packages, the 90 MB of weights of the embedding model (compared with the published file by its
# SHA-256), who answers questions, who trains models, and what memory and disk are left.
#
# A `✗` comes with a sentence that says how to mend it. `○` is a note: nothing is wrong.

# %% tags=["nbval-ignore-output"]
doctor.preflight()

# %% [markdown]
# ## 2 · Who is answering?
#
# Without a key, questions go to the **offline reader**. It is not a language model. It looks for
# the sentence that fits the question in the text that you send along, copies it, and says where
# it stands; when nothing fits, it says that it does not know. It never makes anything up, and it
# never puts two facts together either.
#
# With `ANTHROPIC_API_KEY` in a file named `.env`, the same cells call Claude instead. Every
# notebook says on top who answers in it. The stored outputs of the solutions edition all come
# from the offline reader.

# %% [markdown]
# **Predict.** The offline reader gets the sentence "Refunds take 5 business days." and the
# question "How many weeks does a refund take?" What will it say?
#
# 1. One week.
# 2. Refunds take 5 business days.
# 3. I don't know.
#
# The next cell loads the embedding model, by which the reader compares texts. That takes about half a
# minute the first time; then it is there until the kernel ends.

# %%
from helpers.clients import anthropic_client

message = anthropic_client().messages.create(
    model=MODEL,
    max_tokens=100,
    messages=[
        {
            "role": "user",
            "content": "Facts: Refunds take 5 business days.\n\n"
            "Question: How many weeks does a refund take?",
        }
    ],
)
print(f"{message.model}: {message.content[0].text}")

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 2, if the line above begins with `offline-reader`. It copied the sentence that fits best
# and left the arithmetic to you. A language model would have said "one week": understanding and
# calculating is what you pay it for. Finding the right sentence to give it is the part that this
# workshop measures, and for that part the small program on your machine is enough.
#
# </details>

# %% [markdown]
# ## 3 · How an exercise works
#
# An exercise is a function with an empty body and a description of what it must return. Below it
# stands a check. The check never stops the notebook: it prints one line.
#
# | sign | meaning |
# |---|---|
# | `○` | not attempted yet |
# | `✗` | not right yet: the case, what was expected, what came, and a likely reason |
# | `✓` | right |
#
# ### Exercise 0.1 · warm-up
#
# *1 minute · difficulty 1 of 5 · core*
#
# Return the share of questions that were answered correctly, as a number from 0 to 1. No
# questions at all count as 0. For example, 3 right answers to 4 questions give 0.75.


# %%
def share_correct(correct, total):
    """Share of right answers.

    Args:
        correct: how many answers were right, such as 3.
        total: how many questions were asked, such as 4; may be 0.

    Returns:
        A number from 0 to 1, such as 0.75. No questions give 0.
    """
    ### BEGIN SOLUTION
    if total == 0:
        return 0.0
    return correct / total
    ### END SOLUTION


# %%
check.share_correct(share_correct)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>A share is a part divided by the whole.</details>
# <details><summary>Hint 2: the operation</summary><code>correct / total</code> needs one
# exception, before the division.</details>
# <details><summary>Hint 3: "your code raised ZeroDivisionError"</summary>Return 0 first when
# <code>total</code> is 0.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** The division alone answers three of the four cases. The fourth, no questions
# at all, must be caught before dividing. A common wrong answer forgets it, and the check says so:


# %% tags=["solution", "wrong-answer"]
def share_correct_of_nothing(correct, total):
    return correct / total


check.share_correct(share_correct_of_nothing)

# %% [markdown]
# ## 4 · The map
#
# {map}
#
# All lessons tell one story. **Stockwren** makes software for keeping stock. Its support team has
# a *handbook* (facts, which change) and a queue of *tickets* (which must be judged the same way
# every time). Facts the model does not know are a knowledge gap. Answers that do not behave as
# wanted are a behaviour gap. Retrieval closes the first, fine-tuning the second, and most people
# who ask for fine-tuning have the first.
#
# Every lesson starts from a fresh kernel and stands alone, so you can begin anywhere.

# %% [markdown]
# ## 5 · Words
#
# | word | meaning |
# |---|---|
# | *language model* | a program that continues text, such as Claude |
# | *token* | a word or a piece of a word; models read and bill by tokens |
# | *embedding* | a list of numbers that stands for the meaning of a text |
# | *chunk* | a piece of a document, small enough to embed and to show to a model |
# | *query* | what is searched for, here mostly a question |
# | *retrieval* | finding the chunks that fit a query |
# | *RAG* | retrieval-augmented generation: retrieve first, then let the model answer from what was found |
# | *grounded* | an answer that rests on given text and says where it stands there |
# | *fine-tuning* | training an existing model further on your own examples |
# | *label* | the right answer of one training example, such as `billing` |

# %% [markdown]
# ## Recap
#
# You checked your machine, saw who answers, and met the three signs of a check.
#
# **Next:** [How does a machine find the right sentence?](01_embeddings_and_search.ipynb)
