# ---
# jupyter:
#   workshop:
#     sections:
#       Opening: 3
#       1 · Look at the dirt: 5
#       2 · What is there to beat?: 9
#       3 · The training file: 7
#       4 · The job: 10
#       5 · How good is it?: 5
#       6 · How many examples do I need?: 3
#       7 · Garbage in: 2
#       8 · The policy changes: 2
#       9 · Where can I send this file?: 2
#       Where it breaks: 1
#       Recap: 1
# ---

# %% [markdown]
# # How do I teach judgement from examples?
#
# Stockwren's support team sorts its tickets by rules that a label's name does not give away: a double
# charge caused by an outage is `billing`, an angry "give the old export back" is a `feature_request`.
# No document answers such a question; it takes judgement, and a thousand tickets show how the team
# judges. In this lesson they become a training file, the file becomes a job, and the job a model.
#
# **{minutes} minutes** · needs only the installation · everything runs without a key: the job really
# trains, on your processor, in about a minute. With `OPENAI_API_KEY` (and `OPENAI_BASE_URL` for
# another service that speaks OpenAI's API) the job of section 4 runs there, with about 500 short
# calls, and costs money; the experiments behind it stay on your machine.
#
# ## You will be able to
#
# - clean tickets and turn them into a training file that a service accepts
# - beat five baselines, or admit that you do not
# - run a fine-tuning job, follow it, and pick it up again after a crash
# - say how many examples you need, and what wrong ones do

# %% [markdown]
# ## Setup

# %%
import random
import time
from collections import Counter

import numpy as np

from helpers import plots
from helpers.check import lesson_05 as check
from helpers.clients import embedded_openai_client, openai_client, who_trains
from helpers.data import LABELS, load_ticket_notes, load_tickets
from helpers.embedding import load_embedder
from helpers.settings import get_settings
from helpers.wrapping import wrapped  # breaks long lines between words

embedder = load_embedder()
FOLDER = get_settings().home / "lesson_05"  # where the files of this lesson are written
print(who_trains())

# %% [markdown]
# The figures on this page come from the whole grid. With `WORKSHOP_QUICK=1` in `.env`, which the tests
# of this course set, the job of section 4 sees the tickets once, and the experiments of sections 6 to
# 8 run on fewer examples and fewer test tickets.

# %% tags=["nbval-ignore-output"]
QUICK = get_settings().quick
EPOCHS = 1 if QUICK else None  # None leaves it to the service; here that is 3
SIZES = (25,) if QUICK else (25, 50, 100, 200, 400)
EXPERIMENT = 60 if QUICK else 620  # examples in the experiments of sections 7 and 8
TESTED = 4 if QUICK else 1  # sections 6 to 8: 1 asks about every test ticket, 4 about every fourth
print(f"quick: {QUICK}; learning curve with {SIZES}, other experiments with {EXPERIMENT} examples")

# %% [markdown]
# ## Words
#
# | word | meaning |
# |---|---|
# | *label* | the right answer of one example, here one of four |
# | *epoch* | one pass of the training over all examples |
# | *loss* | how surprised the model is by the right answers; training makes it smaller |
# | *holdout* | examples that are kept away from training: *validation* to choose by, *test* to report |
# | *F1* | precision and recall of a label in one number; *macro-F1* is its mean over the labels |

# %% [markdown]
# ## 1 · Look at the dirt
#
# Before anything else, read what you have. These tickets came as tickets come:

# %%
raw = load_tickets()
print(f"{len(raw)} tickets: {dict(Counter(ticket.label for ticket in raw))}")
for ticket in (raw[0], raw[4], raw[7]):
    print(wrapped(f"--- {ticket.label} ({ticket.channel})\n{ticket.text[:220]}"))

# %% [markdown]
# **Predict.** Some tickets are in the pile twice. Which harm do they do?
#
# 1. None, two are as good as one
# 2. One copy may land in the training set and the other in the test set
# 3. They slow the training down
#
# Cleaning is seven small steps, each a function. A step repairs, masks, cuts, or sets aside; nothing
# is thrown away. Finding near duplicates embeds every ticket, half a minute the first time.

# %% tags=["nbval-ignore-output"]
from helpers.finetuning.cleaning import clean

cleaned = clean(raw, embedder)

# %%
for step, count in cleaned.report.items():
    print(f"{step:<30} {count:>4}")
print(f"{'left':<30} {len(cleaned.tickets):>4}")

# %%
seen = set()
for entry in cleaned.set_aside:
    if entry.step not in seen:
        seen.add(entry.step)
        print(wrapped(f"{entry.step}: {entry.reason}\n  {entry.ticket.text[:100]!r}"))

# %%
from helpers.finetuning.examples import write_set_aside

aside_file = write_set_aside(cleaned.set_aside, FOLDER / "set_aside.jsonl")
print(f"{len(cleaned.set_aside)} tickets with their reasons are in {aside_file.name}")

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 2. A copy on both sides is a question whose answer was in the textbook: the score flatters.
# And where the same text has two labels, somebody has to decide; a tie is set aside for a person and
# not guessed.
#
# </details>

# %% [markdown]
# ### Split without leakage
#
# Three parts: to train on, to choose by, to report with. Tickets that are alike stay on one side, and
# each label has the same share everywhere.

# %%
from helpers.finetuning.splitting import split

parts = split(cleaned.tickets, embedder)
for name in ("train", "validation", "test"):
    tickets = getattr(parts, name)
    counts = Counter(ticket.label for ticket in tickets)
    print(f"{name:<11} {len(tickets):>4}  " + "  ".join(f"{x} {counts[x]}" for x in LABELS))

# %% [markdown]
# ## 2 · What is there to beat?
#
# A tuned model is worth its trouble only if it beats what costs nothing. Five ways to label a ticket,
# from no effort to a little:
#
# - **majority**: always the most frequent label
# - **zero-shot**: a base model that knows the names of the labels and no example
# - **nearest neighbours**: what the five most similar training tickets are
# - **logistic regression** on embeddings that stay as they are
# - **word counts**: a linear classifier on words and pairs of words, no embeddings at all
#
# **Predict.** How good is zero-shot, with four labels?
#
# 1. Like guessing, about a quarter right
# 2. Better than the majority, but not much
# 3. Nearly perfect, the names say it all
#
# The base model is asked about every test ticket, which takes ten to twenty seconds.

# %%
train_texts = [ticket.text for ticket in parts.train]
train_labels = [ticket.label for ticket in parts.train]
test_texts = [ticket.text for ticket in parts.test]
truth = [ticket.label for ticket in parts.test]

# %% tags=["nbval-ignore-output"]
from helpers.finetuning import baselines
from helpers.finetuning.jobs import classify

BASE = get_settings().openai_model
given = {
    "majority": baselines.majority(train_labels, test_texts),
    "zero-shot": [p.label for p in classify(test_texts, BASE)],
    "5 nearest neighbours": baselines.nearest_neighbours(
        train_texts, train_labels, test_texts, embedder
    ),
    "logistic regression": baselines.logistic_regression(
        train_texts, train_labels, test_texts, embedder
    ),
    "word counts": baselines.word_counts(train_texts, train_labels, test_texts),
}

# %%
from helpers.finetuning.scoring import paired_macro_f1, score

scores = {name: score(truth, labels, LABELS) for name, labels in given.items()}
for name, found in scores.items():
    print(f"{name:<22} macro-F1 {found.interval()}   accuracy {found.accuracy:.2f}")

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 2, without a key. Knowing only names, the small model sorts a little better than the
# majority; a large language model does better, and with a key the row above is its row. Note the
# last row: counting words is the oldest trick of all, takes a second, and is hard to beat. Whoever
# skips it does not know what the expensive model is worth.
#
# </details>
#
# ### What is F1?
#
# Accuracy counts tickets, so a label with few tickets hardly counts. F1 looks at one label: of what
# was *given* this label, how much was right (precision), and of what *truly* has it, how much was
# found (recall)?
#
# ### Exercise 5.1 · F1 from counts
#
# *5 minutes · difficulty 2 of 5 · core*
#
# Return F1, the harmonic mean 2pr / (p + r) of precision p and recall r, from three counts. When
# nothing was right it is 0. Three right of four given and six true: what are p, r and F1?


# %%
def f1_of(right, given, true):
    """F1 of one label.

    Args:
        right: tickets that have the label and were given it, such as 3.
        given: tickets that were given the label, such as 4; may be 0.
        true: tickets that have the label, such as 6; never 0.

    Returns:
        A number from 0 to 1; 0.6 for the example.
    """
    ### BEGIN SOLUTION
    return 2 * right / (given + true)
    ### END SOLUTION


# %%
check.f1_of(f1_of)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Precision is right / given, recall is right /
# true.</details>
# <details><summary>Hint 2: the operation</summary>Put both into 2pr / (p + r) and return 0 first when
# nothing was right. With a pencil it becomes 2 · right / (given + true).</details>
# <details><summary>Hint 3: "expected 0.6, got 0.625"</summary>That is the plain mean. The harmonic
# mean is lower when the two differ.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** With p = right / given and r = right / true, 2pr / (p + r) shortens to
# 2 · right / (given + true), which divides by zero only if the label occurs nowhere. A common wrong
# answer takes the plain mean, which lets a model with recall 1 and no precision look half good:


# %% tags=["solution", "wrong-answer"]
def plain_mean(right, given, true):
    return (right / given + right / true) / 2 if given else 0.0


check.f1_of(plain_mean)

# %% [markdown]
# ## 3 · The training file
#
# Fine-tuning services agree on a form: one conversation a line, ending in the answer that is to be
# learned. The instruction is the same in each line, the ticket is what the user says, the label is
# what the assistant answers.
#
# ### Exercise 5.2 · one example
#
# *4 minutes · difficulty 1 of 5 · core*
#
# Return one example as a dictionary with the key `messages`: a list of three messages with the roles
# `system`, `user` and `assistant`, each a dictionary with `role` and `content`. What is the content
# of the last one?


# %%
def chat_example(text, label, system):
    """One training example.

    Args:
        text: what the customer wrote, such as "Charged twice!".
        label: the right answer, such as "billing".
        system: the instruction, such as "Sort the ticket.".

    Returns:
        {"messages": [{"role": ..., "content": ...}, ...]}, ending in the assistant's message.
    """
    ### BEGIN SOLUTION
    return {
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": text},
            {"role": "assistant", "content": label},
        ]
    }
    ### END SOLUTION


# %%
check.chat_example(chat_example)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>It is a short play: who says what, in
# order.</details>
# <details><summary>Hint 2: the operation</summary>A dictionary with one key whose value is a list of
# three dictionaries.</details>
# <details><summary>Hint 3: "the answer to be learned is the assistant's message"</summary>What comes
# last is what the model learns to say.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** Training compares what the model would say at the end with what stands there. A
# common wrong answer lets the user say the label, and then there is nothing to learn:


# %% tags=["solution", "wrong-answer"]
def label_from_the_user(text, label, system):
    turns = [("system", system), ("user", text), ("user", label)]
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


check.chat_example(label_from_the_user)

# %%
from helpers.finetuning.examples import SYSTEM, write_chat_jsonl

print(wrapped(SYSTEM))
train_file = write_chat_jsonl(parts.train, FOLDER / "train.jsonl")
validation_file = write_chat_jsonl(parts.validation, FOLDER / "validation.jsonl")
test_file = write_chat_jsonl(parts.test, FOLDER / "test.jsonl")

# %% [markdown]
# ### Look through it before a service does
#
# A service refuses a broken file after you have waited for it. The validator names each line, what
# is wrong, and what to do. Here it meets a file that was broken on purpose, then ours.

# %%
from helpers.finetuning.validation import validate_jsonl

lines = train_file.read_text(encoding="utf-8").splitlines()[:12]
broken = [
    *lines,
    lines[0],  # the same again
    lines[1].replace('"assistant"', '"asistant"'),
    lines[2][:-1] + "},",
    lines[3].replace(parts.train[3].label, "complaint").replace("Sort", "sort"),
    "{'messages': []}",
]
broken_file = FOLDER / "broken.jsonl"
broken_file.write_text("\n".join(broken), encoding="utf-8")
print(validate_jsonl(broken_file, labels=LABELS))

# %%
report = validate_jsonl(train_file, labels=LABELS, against=[validation_file, test_file])
print(report)

# %% [markdown]
# ## 4 · The job
#
# **Predict.** 620 tickets, three epochs. How long will a laptop's processor take?
#
# 1. About a minute
# 2. About half an hour
# 3. Overnight
#
# Know what it takes before you start it. A service bills every token of every epoch; here the price is
# time, estimated from how fast your machine embeds a sample.

# %% tags=["nbval-ignore-output"]
from helpers.finetuning.estimates import estimate

print(estimate(train_file, validation_file, epochs=EPOCHS or 3))

# %% [markdown]
# ### Start and follow
#
# Three calls of the openai SDK: upload the files, create the job, look how it is doing. `start_job`
# makes them. It first looks for a job with the same files and settings, so running the cell again
# neither trains nor costs twice. Following it takes as many seconds as the estimate says.

# %% tags=["nbval-ignore-output"]
from helpers.finetuning.jobs import follow, start_job

job = start_job(train_file, validation_file, suffix="tickets", epochs=EPOCHS, seed=0)
print(job.id, job.status)

# %% tags=["nbval-ignore-output"]
job = follow(job.id)

# %% [markdown]
# **What we saw.** If your kernel dies now, nothing is lost: the job belongs to the provider. Start the
# notebook again and call `follow` with the job's id; a job whose process has died goes on from its
# last checkpoint and ends with the same weights.

# %% tags=["nbval-ignore-output"]
from helpers.finetuning.jobs import load_result

result = load_result(job.id)
print(f"{result.model}\n{result.seconds:.0f} seconds, {result.trained_tokens:,} tokens trained")

# %% [markdown]
# A job tells its story in events, and keeps a checkpoint of each epoch that can be asked like the
# model itself. The last calls here are the SDK's own, in plain sight:

# %% tags=["nbval-ignore-output"]
client = openai_client()
events = list(client.fine_tuning.jobs.list_events(job.id, limit=100))[::-1]
for event in events[:5] + events[-4:]:
    print(f"{event.level:<5} {event.message}")
for checkpoint in client.fine_tuning.jobs.checkpoints.list(job.id):
    print(f"step {checkpoint.step_number}: {checkpoint.fine_tuned_model_checkpoint}")

# %% [markdown]
# ### Exercise 5.3 · when to stop
#
# *6 minutes · difficulty 3 of 5 · stretch*
#
# The validation loss falls, and at some epoch it begins to rise: from there on the model learns its
# examples by heart. *Early stopping* with a patience of p ends the training after p epochs in a row
# that brought nothing better, and keeps the best one. Return that best epoch, counted from 1. For the
# losses 0.5 0.6 0.7 0.4 0.3 and a patience of 2: does training ever see the 0.4?


# %%
def best_epoch(losses, patience):
    """The epoch whose weights are kept.

    Args:
        losses: validation loss after each epoch, if training were never stopped.
        patience: epochs in a row without a better loss after which training stops, such as 2.

    Returns:
        An epoch, counted from 1; 1 for the example.
    """
    ### BEGIN SOLUTION
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            break
    return best
    ### END SOLUTION


# %%
check.best_epoch(best_epoch)

# %% [markdown]
# <details><summary>Hint 1: the idea</summary>Walk through the epochs and remember the best one so
# far.</details>
# <details><summary>Hint 2: the operation</summary>Stop as soon as the current epoch is
# <code>patience</code> or more behind the best one.</details>
# <details><summary>Hint 3: "expected 1, got 5"</summary>You looked at all losses. Training had stopped
# before it saw the last two.</details>

# %% [markdown] tags=["solution"]
# **Why it works.** The distance to the best epoch is the number of epochs without anything better. A
# common wrong answer looks at all losses, which nobody can while training:


# %% tags=["solution", "wrong-answer"]
def lowest_of_all(losses, patience):
    return int(np.argmin(losses)) + 1


check.best_epoch(lowest_of_all)

# %% [markdown]
# ## 5 · How good is it?
#
# The tuned model answers like any chat model: instruction and ticket in, label out, with a
# probability. Every test ticket is asked once, which takes ten to twenty seconds.

# %% tags=["nbval-ignore-output"]
predictions = classify(test_texts, result.model)
scores["tuned"] = score(truth, [p.label for p in predictions], LABELS)
print(scores["tuned"])

# %% tags=["nbval-ignore-output"]
plots.confusion_matrix(
    scores["tuned"].confusion, labels=LABELS, title="Tuned model on the test tickets"
)

# %% [markdown]
# **Is it better, and is that sure?** All methods labelled the same tickets, so the difference is
# resampled ticket by ticket, as in lesson 04.

# %% tags=["nbval-ignore-output"]
gains = {
    name: paired_macro_f1(scores["tuned"], found)
    for name, found in scores.items()
    if name != "tuned"
}
plots.intervals(
    [gain.mean for gain in gains.values()],
    [gain.low for gain in gains.values()],
    [gain.high for gain in gains.values()],
    labels=[f"tuned − {name}" for name in gains],
    title="What tuning gains, with 95 % intervals",
    xlabel="difference in macro-F1",
)

# %% tags=["same-for-everyone"]
sure = ("majority", "5 nearest neighbours")
{name: gains[name].low > 0 for name in sure}

# %% tags=["nbval-ignore-output"]
for name, gain in gains.items():
    print(f"tuned − {name:<22} {gain} {'sure' if gain.excludes_zero else 'may be noise'}")

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Tuning beats the majority, the names and the neighbours by far. Logistic regression starts from the
# same embeddings and cannot change them; what tuning adds to it stands in the row above with its
# interval. It comes from the judgement calls: whether money *moved* or is only mentioned is not what
# an embedding of the topic records, and training moves the embeddings until it is.
#
# Look at the row of word counts as well. If its interval holds zero, these tickets do not prove that
# the tuned model is better than counting words. Both learned from the same examples, and the
# examples are what matters. The tuned model brings probabilities, and an API that any program
# already speaks.
#
# </details>
#
# ### Sure and wrong
#
# A probability is useful if low ones mean doubt. Tickets below a threshold can go to a person: that
# costs work and saves errors.

# %% tags=["nbval-ignore-output"]
confidence = np.array([p.confidence for p in predictions])
right = np.array([p.label == t for p, t in zip(predictions, truth, strict=True)])
for threshold in (0.0, 0.5, 0.7, 0.9):
    kept = confidence >= threshold
    print(
        f"from {threshold:.1f} on: {kept.mean():>4.0%} sorted by the model, {right[kept].mean():.0%} of them right"
    )

# %% tags=["nbval-ignore-output"]
wrong = [i for i in np.argsort(-confidence) if not right[i]]
for i in wrong[:3]:
    print(
        wrapped(
            f"{predictions[i].label}, {confidence[i]:.0%} sure; true: {truth[i]}\n"
            f"  {test_texts[i][:150]!r}"
        )
    )

# %% [markdown]
# ## 6 · How many examples do I need?
#
# The question that every team asks. Train on 25, on 50, … and measure each time, next to logistic
# regression, which trains in a second. (A hosted service would be paid for each point; these jobs run
# on your machine in any case.) The five jobs together take two to three minutes.

# %%
here = embedded_openai_client()
asked = test_texts[::TESTED]  # what the experiments are tested on
asked_truth = truth[::TESTED]


def tune(tickets, name):
    """Train on these tickets with the embedded provider; the model's name."""
    path = write_chat_jsonl(tickets, FOLDER / f"{name}.jsonl")
    watched = None if QUICK else validation_file
    job = start_job(path, watched, suffix=name, epochs=EPOCHS, client=here)
    follow(job.id, client=here, on_change=lambda _: None)
    return load_result(job.id, client=here).model


def tune_and_score(tickets, name):
    """The model, its predictions for the test tickets, and its scores."""
    model = tune(tickets, name)
    found = classify(asked, model, client=here)
    return model, found, score(asked_truth, [p.label for p in found], LABELS)


# %% tags=["nbval-ignore-output"]
shuffled = random.Random(0).sample(parts.train, len(parts.train))
curve = {"tuned": [], "logistic regression": []}
for size in SIZES:
    some = shuffled[:size]
    *_, found = tune_and_score(some, f"size-{size}")
    curve["tuned"].append(found.interval())
    cheap = baselines.logistic_regression(
        [t.text for t in some], [t.label for t in some], asked, embedder
    )
    curve["logistic regression"].append(score(asked_truth, cheap, LABELS).interval())
curve["tuned"].append(scores["tuned"].interval())
curve["logistic regression"].append(scores["logistic regression"].interval())

# %% tags=["nbval-ignore-output"]
plots.learning_curves(
    [*SIZES, len(parts.train)], curve, title="How many examples?", ylabel="macro-F1"
)

# %% [markdown]
# **What we saw.** With few examples the two bands overlap: there is little to move the embeddings by.
# With more of them tuning draws ahead and stays there. Now look at the right end only, and say what
# another hundred would bring; where your own curve is flat, more labels of the same kind are wasted
# money.

# %% [markdown]
# ## 7 · Garbage in
#
# Labels are given by people on a Friday afternoon. Give every fifth training ticket a wrong label and
# train again.
#
# **Predict.** What happens to the model's *confidence* in its answers?
#
# 1. It falls a little, and the answers get worse
# 2. It stays as it is
# 3. It refuses to answer
#
# Two jobs like the first one: about two minutes.

# %% tags=["nbval-ignore-output"]
chance = random.Random(1)
base = shuffled[:EXPERIMENT]
noisy = [
    t.model_copy(update={"label": chance.choice([x for x in LABELS if x != t.label])})
    if chance.random() < 0.2
    else t
    for t in base
]
clean_model, clean_said, clean_scores = tune_and_score(base, f"clean-{EXPERIMENT}")
_, noisy_said, noisy_scores = tune_and_score(noisy, f"noisy-{EXPERIMENT}")

# %% tags=["nbval-ignore-output"]
for name, said, found in (
    ("clean labels", clean_said, clean_scores),
    ("a fifth wrong", noisy_said, noisy_scores),
):
    mistaken = [p.confidence for p, t in zip(said, asked_truth, strict=True) if p.label != t]
    print(f"{name:<14} macro-F1 {found.interval()}, mean confidence "
          f"{np.mean([p.confidence for p in said]):.2f}, where wrong {np.mean(mistaken):.2f}")  # fmt: skip
print(f"the noise costs {paired_macro_f1(noisy_scores, clean_scores)}")

# %% [markdown]
# <details><summary><b>What we saw</b></summary>
#
# Option 1. Score and confidence fall together. Look at the confidence where it is wrong: lower than
# elsewhere, and still far above the 0.25 of somebody who knows that he is guessing among four. The
# model cannot tell which of its teachers was wrong. And this was measured on clean test labels; with
# noise in the test set as well you would not even know what hit you.
#
# </details>

# %% [markdown]
# ## 8 · The policy changes
#
# Until now "How do I download an invoice?" was `other`, because nobody has to touch the account, and
# so were prices before buying. From today the billing team answers everything about money. Somebody
# goes through the tickets that these two rules decided (the course's notes know them), and changes
# their label. Training on the new labels takes about a minute.

# %% tags=["nbval-ignore-output"]
notes = load_ticket_notes()


def by_new_policy(ticket):
    moved = notes[ticket.id].rule in ("2", "3") and ticket.label == "other"
    return ticket.model_copy(update={"label": "billing"}) if moved else ticket


new_test = [by_new_policy(ticket) for ticket in parts.test]
changed = [new for new, old in zip(new_test, parts.test, strict=True) if new.label != old.label]
began = time.perf_counter()
new_model = tune([by_new_policy(t) for t in base], f"policy-{EXPERIMENT}")
took = time.perf_counter() - began
print(f"{len(changed)} test tickets change their label")
for name, model in (("before", clean_model), ("after", new_model)):
    found = classify([t.text for t in changed], model, client=here)
    hits = sum(p.label == "billing" for p in found)
    print(f"{name} retraining: {hits} of {len(changed)} sorted by the new policy")
print(f"retraining took {took:.0f} seconds, beside the time to relabel")

# %% [markdown]
# **What we saw.** The model knows only the past. Changing its judgement means finding the examples,
# changing them, training again, and measuring again. For judgement that is fair; for a *fact*, such
# as a price, it would be absurd. Lesson 06 does it all the same, and counts.

# %% [markdown]
# ## 9 · Where can I send this file?
#
# OpenAI's calls are the shape that the field learned, and its door is closing. As the services' own
# pages said in November 2026 (we tried no account; look again before you plan):
#
# | service | new customers | this file, these calls? | source |
# |---|---|---|---|
# | OpenAI | no: since 7 May 2026 not for organisations that never fine-tuned, from 6 January 2027 no new jobs for anyone | yes | *Deprecations*, developers.openai.com |
# | Microsoft Foundry (Azure) | open by its pages of September 2026; the base models retire in 2027 | yes, with another base URL and `trainingType` | learn.microsoft.com |
# | Nebius Token Factory | yes | yes, with another base URL | docs.tokenfactory.nebius.com |
# | Together AI | yes | the file yes, the calls its own | docs.together.ai |
# | AWS Bedrock | for Amazon's Nova models | a job API of its own | docs.aws.amazon.com |
# | Google (Vertex AI) | for some Gemini models | another file format | cloud.google.com |
# | Fireworks | no simple jobs any more, only a training API that your own loop drives | the rows yes | docs.fireworks.ai |
# | Mistral | deprecated, gone from its current SDK | no | PyPI, *mistralai* |
# | Cohere | no, since 15 September 2025 | no | docs.cohere.com, changelog |
# | Anthropic | no fine-tuning on its own API | no | platform.claude.com |
#
# With `OPENAI_BASE_URL`, a key and `WORKSHOP_OPENAI_MODEL`, the cells of section 4 go to any service
# that speaks these calls. One with an SDK of its own takes the same file like this. The cell sends
# nothing unless you set `SEND` and a key:

# %%
SEND = False  # True starts a job at Together AI, which costs money

if SEND and get_settings().together_api_key:
    from together import Together  # .venv/bin/python -m uv pip install together

    together = Together(api_key=get_settings().together_api_key.get_secret_value())
    uploaded = together.files.upload(file=str(train_file), purpose="fine-tune")
    sent = together.fine_tuning.create(training_file=uploaded.id, model="Qwen/Qwen3-8B")
    print(sent.id, sent.status)
else:
    print("skipped: SEND is False, or TOGETHER_API_KEY is not set")

# %% [markdown]
# ## Where it breaks
#
# The model must choose one of four labels. It was never told that there is anything else.

# %% tags=["nbval-ignore-output"]
STRANGE = ["asdf qwer", "Wie wird das Wetter morgen in Leeds?", "Thank you, that is all."]
for text, found in zip(STRANGE, classify(STRANGE, result.model), strict=True):
    print(f"{found.label:<16} {found.confidence:.0%} sure   {text}")

# %% [markdown]
# A closed set of answers is always answered from. What does not belong must be caught before, by a
# threshold on the confidence where that helps, or by a label of its own with examples of its own.
#
# ## Recap
#
# You cleaned tickets and lost none, wrote and checked a training file, measured five baselines, ran a
# job and followed it, learned what the number of examples, wrong labels and a new policy do, and know
# where the file can go.
#
# In figures of this notebook:

# %% tags=["nbval-ignore-output"]
print(f"tickets, raw and cleaned       {len(raw)}, {len(cleaned.tickets)}")
for name, found in scores.items():
    print(f"macro-F1, {name:<20} {found.interval()}")
print(f"the job took                   {result.seconds:.0f} seconds")
print(f"a fifth of the labels wrong    {noisy_scores.interval()}")
print(f"experiments of sections 7, 8   {EXPERIMENT} examples")

# %% [markdown]
# **Next:** you can look facts up, and you can train judgement. Which one does *your* problem need?
# [Which one fixes my problem?](06_rag_or_fine_tuning.ipynb)
