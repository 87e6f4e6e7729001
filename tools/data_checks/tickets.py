"""Tickets: dirt, cleaning, variety, and how far one gets without training."""

import re
from collections import Counter

import numpy as np

from data_checks import Findings, in_words, percent
from helpers.data import LABELS, Ticket, load_ticket_notes, load_tickets
from helpers.embedding import Embedder
from helpers.finetuning.cleaning import clean, near_groups
from helpers.finetuning.splitting import split


def measure_tickets(findings: Findings, embedder: Embedder) -> None:
    """Counts before and after cleaning, what is left of the dirt, and variety."""
    note = findings.note
    raw = load_tickets()
    notes = load_ticket_notes()
    note("tickets, raw", len(raw), holds=len(raw) >= 900, wanted="at least 900")
    planted = Counter(n.planted for n in notes.values() if n.planted)
    note("planted dirt", in_words(planted), holds=len(planted) == 6, wanted="all six kinds")
    strangers = {ticket.id for ticket in raw} ^ set(notes)
    note("tickets without a note, or notes without a ticket", len(strangers),
         holds=not strangers, wanted="0")  # fmt: skip

    cleaned = clean(raw, embedder)
    tickets = cleaned.tickets
    for name, count in cleaned.report.items():
        note(f"cleaning: {name}", count)
    note("tickets, cleaned", len(tickets), holds=len(tickets) >= 650, wanted="at least 650")
    counts = Counter(ticket.label for ticket in tickets)
    rarest = min(counts.values()) / len(tickets)
    note("tickets, cleaned, by label", in_words({label: counts[label] for label in LABELS}),
         holds=rarest >= 0.10, wanted="no label under 10 %")  # fmt: skip
    note("lost in cleaning", len(raw) - len(tickets) - len(cleaned.set_aside),
         holds=len(raw) == len(tickets) + len(cleaned.set_aside), wanted="0")  # fmt: skip

    kept = {ticket.id for ticket in tickets}
    left = [
        n.id
        for n in notes.values()
        if n.planted in ("exact_duplicate", "conflict") and n.id in kept and n.of in kept
    ]
    note("planted duplicates and conflicts left", len(left), holds=not left, wanted="0")
    vectors = embedder.embed_documents([ticket.text for ticket in tickets])
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, 0)
    near = float((similarity.max(axis=1) > 0.95).mean())
    note("tickets with a near duplicate (cosine over 0.95)", percent(near), holds=near < 0.01,
         wanted="under 1 %")  # fmt: skip
    alike = near_groups(tickets, embedder, cosine=1.01, shingles=0.3)
    share = sum(map(len, alike)) / len(tickets)
    note("tickets with a near duplicate (four-word runs over 0.3)", percent(share),
         holds=share < 0.01, wanted="under 1 %")  # fmt: skip
    starts = Counter(" ".join(re.findall(r"\w+", t.body.lower())[:5]) for t in tickets)
    same_start = sum(count for count in starts.values() if count > 1) / len(tickets)
    note("tickets that share their first five words", percent(same_start),
         holds=same_start < 0.02, wanted="under 2 %")  # fmt: skip
    vocabulary = {word for t in tickets for word in re.findall(r"[^\W\d_]+", t.text.lower())}
    note("different words in the tickets", f"{len(vocabulary):,}", holds=len(vocabulary) > 4000,
         wanted="over 4,000")  # fmt: skip
    twice = [n for n in notes.values() if n.second_label]
    labels = {ticket.id: ticket.label for ticket in raw}
    same = sum(labels[n.id] == n.second_label for n in twice)
    note("tickets labelled a second time, blind", len(twice))
    note("of these labelled alike", same, holds=same >= 0.9 * len(twice), wanted="at least 90 %")
    judged = sum(notes[ticket.id].rule != "plain" for ticket in tickets) / len(tickets)
    note("tickets that turn on a judgement call", percent(judged))
    measure_baselines(findings, tickets, embedder)


def measure_baselines(findings: Findings, tickets: list[Ticket], embedder: Embedder) -> None:
    """How far one gets without training: the data must neither be solved nor hopeless."""
    from sklearn.neighbors import KNeighborsClassifier

    note = findings.note
    parts = split(tickets, embedder)
    sizes = [len(parts.train), len(parts.validation), len(parts.test)]
    note("split: train, validation, test", ", ".join(map(str, sizes)))
    train = embedder.embed_documents([ticket.text for ticket in parts.train])
    test = embedder.embed_documents([ticket.text for ticket in parts.test])
    validation = embedder.embed_documents([ticket.text for ticket in parts.validation])
    closest = float((np.vstack([train, validation]) @ test.T).max())
    note("closest train and test ticket, cosine", f"{closest:.2f}", holds=closest < 0.95,
         wanted="below 0.95")  # fmt: skip
    truth = np.array([ticket.label for ticket in parts.test])
    majority = Counter(ticket.label for ticket in parts.train).most_common(1)[0][0]
    note("accuracy of the majority label", percent(float((truth == majority).mean())))
    names = embedder.embed_documents([label.replace("_", " ") for label in LABELS])
    guessed = np.array(LABELS)[(test @ names.T).argmax(axis=1)]
    zero_shot = float((guessed == truth).mean())
    note("accuracy of zero-shot from label names", percent(zero_shot), holds=zero_shot < 0.70,
         wanted="under 70 %")  # fmt: skip
    for k in (1, 5):
        model = KNeighborsClassifier(k, metric="cosine").fit(train, [t.label for t in parts.train])
        accuracy = float((model.predict(test) == truth).mean())
        note(f"accuracy of {k} nearest neighbour{'s' if k > 1 else ''}", percent(accuracy),
             holds=k == 1 or 0.65 <= accuracy <= 0.88, wanted="65 % to 88 %")  # fmt: skip
