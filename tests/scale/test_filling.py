"""Filling a store without a cluster: ids, payloads, what changed, bad files, wrong options."""

import re
import sys
from functools import partial
from pathlib import Path

import pytest
from made import SIZE, Broken, Made, expected, noted, stored, write

from helpers.data.files import read_text
from helpers.embedding import MiniLM
from helpers.scale import ScaleError, Summary, fill, rows
from helpers.scale.__main__ import main
from helpers.scale.rows import cut, known_ids
from helpers.stores import open_store


def fill_noting(docs: Path, url: str, notes: Path, **options) -> Summary:
    return fill(docs, url, size=SIZE, workers=0, make_embedder=partial(Made, notes), **options)


def test_an_id_follows_from_all_that_makes_the_row():
    def ids(name="a.md", text="# A\n\nOne.\n\n# B\n\nTwo.\n", embedder="made"):
        return [row.id for row in cut(name, text, size=9, overlap=0, embedder=embedder)]

    first, second = ids()
    assert ids() == [first, second]
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert ids(text="# A\n\nOne.\n\n# B\n\nSix.\n")[0] == first
    others = [
        *ids(name="b.md"),
        *ids(embedder="another"),
        *ids(text="\n# A\n\nOne.\n\n# B\n\nTwo.\n"),  # moved, so its place is another
        *ids(text="# C\n\nOne.\n\n# B\n\nTwo!\n"),
    ]
    assert len({first, second, *others}) == 10


def test_the_same_words_twice_are_two_rows_and_spaces_are_none():
    twice = cut("a.md", "# A\nOne.\n# A\nOne.\n", size=9, overlap=0, embedder="made")
    assert len({row.id for row in twice}) == 2
    assert cut("a.md", "   \n\n  ", size=9, overlap=0, embedder="made") == []


def test_a_payload_has_what_an_answer_needs(docs):
    text = read_text(docs / "one.md")
    row = cut("one.md", text, size=SIZE, overlap=0, embedder="made")[-1]
    assert row.payload["text"] == text[row.payload["start"] : row.payload["end"]]
    assert row.payload["source"] == "one.md"
    assert "Section 3" in str(row.payload["heading"])
    assert str(row.payload["heading"]) in row.text


@pytest.mark.parametrize("engine", ["memory:", "qdrant:", "postgresql:embedded?home={}"])
def test_a_store_is_listed_whole_and_strangers_are_left_out(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "PART", 30)
    text = "".join(f"# {number}\n\nText {number}.\n\n" for number in range(200))
    made = cut("a.md", text, size=9, overlap=0, embedder="made")
    vectors = Made().embed_documents([row.text for row in made])
    with open_store(engine.format(tmp_path / "pg"), dimension=Made.dimension) as store:
        assert known_ids(store) == set()
        store.add([row.id for row in made], vectors, [row.payload for row in made])
        store.add(["stranger"], vectors[:1], [{"source": "elsewhere"}])
        assert known_ids(store) == {row.id for row in made}
    assert len(made) == 200


@pytest.mark.parametrize("url", ["memory:", "qdrant:", "qdrant:?collection=mine"])
def test_a_store_that_ends_with_the_process_is_refused(docs, url):
    with pytest.raises(ScaleError, match=r"gone when it ends.*qdrant:FOLDER"):
        fill(docs, url)


def test_without_ray_the_message_says_how_to_get_it(docs, qdrant, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["--docs", str(docs), "--store", qdrant]) == 1
    said = capsys.readouterr().err
    assert 'python -m uv pip install "ray[data]"' in said
    assert "0 workers" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--store", "mongodb://somewhere"], "names no store"),
        (["--workers", "-1"], "workers is -1"),
        (["--workers", "0", "--address", "HOST:6379"], "workers is 0"),
        (["--size", "0"], "size is 0"),
        (["--size", "9", "--overlap", "9"], "overlap is 9"),
        (["--docs", "no-such-folder"], "no such folder"),
    ],
)
def test_wrong_options_end_in_one_sentence(docs, qdrant, arguments, said, capsys):
    assert main(["--docs", str(docs), "--store", qdrant, *arguments]) == 1
    assert said in capsys.readouterr().err


def test_another_embedder_is_refused(docs, qdrant, configured, capsys):
    configured(WORKSHOP_EMBEDDER="openai:text-embedding-3-small")
    assert main(["--docs", str(docs), "--store", qdrant]) == 1
    assert "WORKSHOP_EMBEDDER" in capsys.readouterr().err


def test_a_summary_is_a_table():
    shown = str(Summary(documents=2, chunks=1200, added=1200, stale=1))
    assert re.search(r"chunks +1,200\n", shown)
    assert re.search(r"stale +1 +in none of these documents; --prune", shown)
    shown = str(Summary(documents=2, stale=1, problems=["bad.md"]))
    assert re.search(r"documents +2 +and 1 set aside", shown)
    assert re.search(r"stale +1 +in none of these documents; kept", shown)


def test_only_what_changed_is_embedded(docs, qdrant, notes):
    first, before = fill_noting(docs, qdrant, notes), expected(docs)
    assert (first.documents, first.chunks, first.added) == (2, len(before), len(before))
    assert sum(texts for _, texts in noted(notes)) == len(before)
    assert sorted(before) == stored(qdrant)

    (docs / "deeper" / "two.txt").unlink()
    kept = expected(docs)
    again = fill_noting(docs, qdrant, notes)
    assert (again.chunks, again.known, again.added) == (len(kept), len(kept), 0)
    assert (again.stale, again.pruned) == (len(before) - len(kept), 0)
    assert sum(texts for _, texts in noted(notes)) == len(before)
    assert sorted(before) == stored(qdrant)

    path = docs / "one.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Fact 3.1 about", "News 3.1 about"), encoding="utf-8")
    after = expected(docs)
    new, gone = set(after) - set(before), set(before) - set(after)
    assert 0 < len(new) < len(after) / 2
    changed = fill_noting(docs, qdrant, notes, prune=True)
    assert (changed.added, changed.stale, changed.pruned) == (len(new), len(gone), len(gone))
    assert sum(texts for _, texts in noted(notes)) == len(before) + len(new)
    assert sorted(after) == stored(qdrant)
    with open_store(qdrant, dimension=Made.dimension) as store:
        row = list(after.values())[-1]
        match = store.search(Made().embed_query(row.text), 1)[0]
    assert (match.id, match.payload) == (row.id, row.payload)


def test_bad_files_are_set_aside_and_nothing_is_deleted(docs, qdrant, notes):
    before = expected(docs)
    with open_store(qdrant, dimension=Made.dimension) as store:
        vectors = Made().embed_documents([row.text for row in before.values()])
        store.add(list(before), vectors, [row.payload for row in before.values()])
    (docs / "one.md").write_bytes(b"# One\nca\xe9\n")
    (docs / "null.md").write_bytes(b"One\0\n")
    (docs / "empty.md").touch()
    write(docs, "three.md")
    summary = fill_noting(docs, qdrant, notes, prune=True)
    assert re.search(r"null\.md, line 1: the character U\+0000", summary.problems[0])
    assert re.search(r"one\.md, line 2: byte 0xe9 is not UTF-8", summary.problems[1])
    assert (summary.documents, len(summary.problems)) == (3, 2)  # two, three, and the empty one
    assert 0 < summary.added < summary.chunks
    assert summary.stale > summary.pruned == 0
    (docs / "one.md").unlink()
    (docs / "null.md").unlink()
    assert sorted({*before, *expected(docs)}) == stored(qdrant)


def test_a_file_that_was_set_aside_is_named_and_ends_in_1(docs, qdrant, monkeypatch, capsys):
    summary = Summary(problems=["bad.md, line 1: no text"])
    monkeypatch.setattr("helpers.scale.__main__.fill", lambda *_, **__: summary)
    assert main(["--docs", str(docs), "--store", qdrant]) == 1
    assert "set aside: bad.md, line 1: no text" in capsys.readouterr().err


class Stopped(Made):
    """Fails at its third batch, as a process does that is stopped half-way."""

    def embed_documents(self, texts):
        vectors = super().embed_documents(texts)
        if len(noted(self.notes)) == 3:
            raise RuntimeError("stopped")
        return vectors


def test_what_was_stopped_goes_on_where_it_was(tmp_path, qdrant, notes):
    docs = tmp_path / "docs"
    for number in range(40):
        write(docs, f"{number}.md")
    with pytest.raises(ScaleError, match=r"RuntimeError: stopped.*goes on from there"):
        fill(docs, qdrant, size=SIZE, workers=0, make_embedder=partial(Stopped, notes))
    summary, count = fill_noting(docs, qdrant, notes), len(expected(docs))
    assert 0 < summary.known < count
    assert summary.added == count - summary.known
    assert sorted(expected(docs)) == stored(qdrant)


def test_an_embedder_that_cannot_work_ends_the_run_with_its_reason(docs, qdrant):
    with pytest.raises(ScaleError, match=r"RuntimeError: the model has no weights.*goes on"):
        fill(docs, qdrant, workers=0, make_embedder=Broken)


def test_the_command_embeds_with_the_real_model(docs, tmp_path, capsys):
    (docs / "refunds.md").write_text("# Refunds\n\nMoney is back in 5 days.\n", encoding="utf-8")
    url = f"postgresql:embedded?home={tmp_path / 'pg'}"
    with open_store(url, dimension=MiniLM.dimension) as store:
        assert main(["--docs", str(docs), "--store", url, "--workers", "0"]) == 0
        match = store.search(MiniLM().embed_query("How long does a refund take?"), 1)[0]
    shown = capsys.readouterr()
    assert re.search(r"documents +3\n", shown.out)
    assert "Documents: 100%" in shown.err
    assert match.payload["source"] == "refunds.md"
    assert match.payload["text"] == "# Refunds\n\nMoney is back in 5 days.\n"
