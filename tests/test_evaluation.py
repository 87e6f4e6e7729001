"""Scores: the same as other people's programs, as slow counting, and as a pencil."""

import math

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, P, Qrel, R, ScoredDoc, nDCG
from scipy.stats import bootstrap as reference_bootstrap
from sklearn.metrics import ndcg_score

from helpers.chunking import Chunk, by_tokens
from helpers.data import Question, Span, load_handbook, load_questions
from helpers.embedding import load_embedder
from helpers.evaluation import (
    OUTCOMES,
    Interval,
    bootstrap,
    evaluate_retrieval,
    judge,
    ladder_table,
    ndcg_at_k,
    paired_difference,
    precision_at_k,
    recall_at_k,
    reciprocal_rank,
    score_spans,
)
from helpers.retrieval import Retriever
from helpers.search import top_k

# --- Rankings ------------------------------------------------------------------------------------

NAMES = [f"d{number}" for number in range(30)]


def random_rankings(count=150):
    """Rankings of 0 to 30 names, with 1 to 12 right ones that need not be in the ranking."""
    random = np.random.default_rng(4)
    for _ in range(count):
        ranking = random.permutation(NAMES)[: random.integers(0, 31)].tolist()
        yield ranking, set(random.permutation(NAMES)[: random.integers(1, 13)].tolist())


@pytest.mark.parametrize("k", [1, 2, 5, 10, 40])
def test_rank_measures_agree_with_ir_measures(k):
    for ranking, relevant in random_rankings():
        judged = [Qrel("q", name, 1) for name in relevant]
        # A document that nobody asked for keeps an empty ranking in the sum.
        run = [ScoredDoc("q", name, -place) for place, name in enumerate([*ranking, "none"])]
        expected = ir_measures.calc_aggregate([R @ k, P @ k, RR, nDCG @ k], judged, run)
        assert recall_at_k(ranking, relevant, k) == pytest.approx(expected[R @ k])
        assert precision_at_k(ranking, relevant, k) == pytest.approx(expected[P @ k])
        assert reciprocal_rank(ranking, relevant) == pytest.approx(expected[RR])
        assert ndcg_at_k(ranking, relevant, k) == pytest.approx(expected[nDCG @ k])


@given(st.lists(st.booleans(), min_size=2, max_size=40).filter(any), st.integers(1, 50))
def test_ndcg_agrees_with_scikit_learn(right, k):
    ranking = list(range(len(right)))
    relevant = {place for place in ranking if right[place]}
    expected = ndcg_score([[int(hit) for hit in right]], [[-place for place in ranking]], k=k)
    assert ndcg_at_k(ranking, relevant, k) == pytest.approx(expected)


@given(st.permutations(NAMES[:8]), st.sets(st.sampled_from(NAMES[:10]), min_size=1))
def test_rank_measures_keep_their_bounds(ranking, relevant):
    recalls = [recall_at_k(ranking, relevant, k) for k in range(1, 12)]
    assert recalls == sorted(recalls)
    best = sorted(relevant)
    for k in range(1, 12):
        assert 0 <= ndcg_at_k(ranking, relevant, k) <= 1 + 1e-12
        assert ndcg_at_k(best, relevant, k) == pytest.approx(1)
        hits = precision_at_k(ranking, relevant, k) * k
        assert hits == pytest.approx(recall_at_k(ranking, relevant, k) * len(relevant))


def test_rank_measures_by_pencil():
    ranking, relevant = ["x", "a", "y", "b"], {"a", "b", "elsewhere"}
    assert recall_at_k(ranking, relevant, 3) == pytest.approx(1 / 3)
    assert precision_at_k(ranking, relevant, 3) == pytest.approx(1 / 3)
    assert precision_at_k(ranking, relevant, 10) == pytest.approx(0.2)
    assert reciprocal_rank(ranking, relevant) == 0.5
    assert reciprocal_rank(ranking, {"elsewhere"}) == 0
    gain, ideal = 1 / math.log2(3) + 1 / math.log2(5), 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at_k(ranking, relevant, 4) == pytest.approx(gain / ideal)
    assert ndcg_at_k([], relevant, 4) == reciprocal_rank([], relevant) == 0


def test_right_ones_may_be_a_list_that_repeats_itself():
    assert recall_at_k(["a", "x"], ["a", "a", "b"], 2) == 0.5
    assert ndcg_at_k(["a", "b"], ["a", "a", "b"], 2) == 1


@pytest.mark.parametrize("measure", [recall_at_k, precision_at_k, ndcg_at_k])
@pytest.mark.parametrize("k", [0, -3])
def test_k_below_one_is_named(measure, k):
    with pytest.raises(ValueError, match=rf"k is {k}; it must be 1 or more"):
        measure(["a"], {"a"}, k)


@pytest.mark.parametrize(
    "measure",
    [
        lambda ranking, relevant: recall_at_k(ranking, relevant, 1),
        lambda ranking, relevant: precision_at_k(ranking, relevant, 1),
        lambda ranking, relevant: ndcg_at_k(ranking, relevant, 1),
        reciprocal_rank,
    ],
)
def test_nothing_relevant_and_repetition_are_named(measure):
    with pytest.raises(ValueError, match="nothing is relevant; leave questions without an answer"):
        measure(["a"], set())
    with pytest.raises(ValueError, match="names something twice; keep its first place only"):
        measure(["a", "b", "a"], {"b"})


# --- Spans ---------------------------------------------------------------------------------------


def span(file, start, end, quote=""):
    return Span(file=file, start=start, end=end, quote=quote or "x" * (end - start))


def chunk(source, start, end):
    return Chunk("x" * (end - start), start, end, source)


def slow_scores(retrieved, gold, chunks, files="ab", length=25):
    """Recall, precision, IoU and precision_omega, by walking over every character."""
    total = found = read = reachable = ideal = 0
    touching = []
    for piece in chunks:
        for place in range(piece.start, piece.end):
            if any(g.file == piece.source and g.start <= place < g.end for g in gold):
                touching.append(piece)
                break
    for file in files:
        for place in range(length):
            wanted = any(g.file == file and g.start <= place < g.end for g in gold)
            times = sum(c.source == file and c.start <= place < c.end for c in retrieved)
            could = sum(c.source == file and c.start <= place < c.end for c in touching)
            total += wanted
            found += wanted and times > 0
            read += times
            reachable += wanted and could > 0
            ideal += could
    return (
        found / total,
        found / read if read else 0.0,
        found / (total + read - found),
        reachable / ideal if ideal else 0.0,
    )


def places(least):
    ends = st.tuples(st.integers(0, 20), st.integers(least, 5))
    return st.tuples(st.sampled_from("ab"), ends).map(lambda p: (p[0], p[1][0], sum(p[1])))


@given(
    st.lists(places(0).map(lambda place: chunk(*place)), max_size=8),
    st.lists(places(1).map(lambda place: span(*place)), min_size=1, max_size=4),
    st.data(),
)
def test_span_scores_agree_with_counting_characters(chunks, gold, data):
    retrieved = data.draw(st.lists(st.sampled_from(chunks), max_size=6)) if chunks else []
    scores = score_spans(retrieved, iter(gold), iter(chunks))
    counted = (scores.recall, scores.precision, scores.iou, scores.precision_omega)
    assert counted == pytest.approx(slow_scores(retrieved, gold, chunks))
    assert all(0 <= score <= 1 for score in counted)


def test_what_chunks_repeat_counts_twice_as_read_and_once_as_found():
    pieces = [chunk("a", 0, 6), chunk("a", 4, 10)]
    scores = score_spans(pieces, [span("a", 4, 8)], [*pieces, chunk("a", 8, 12)])
    assert scores.recall == 1
    assert scores.precision == pytest.approx(4 / 12)
    assert scores.iou == pytest.approx(4 / (4 + 12 - 4))
    assert scores.precision_omega == pytest.approx(4 / 12)  # the third chunk does not touch it


def test_the_same_place_of_another_file_is_no_hit():
    scores = score_spans([chunk("b", 0, 4)], [span("a", 0, 4)], [chunk("b", 0, 4)])
    assert (scores.recall, scores.precision, scores.iou, scores.precision_omega) == (0, 0, 0, 0)


def test_nothing_retrieved_scores_zero_and_keeps_what_was_possible():
    scores = score_spans([], [span("a", 0, 4)], [chunk("a", 0, 8)])
    assert (scores.recall, scores.precision, scores.iou, scores.precision_omega) == (0, 0, 0, 0.5)


def test_gold_that_overlaps_counts_once():
    piece = chunk("a", 0, 6)
    scores = score_spans([piece], [span("a", 0, 4), span("a", 2, 6)], [piece])
    assert (scores.recall, scores.precision, scores.iou) == (1, 1, 1)


@pytest.mark.parametrize("gold", [[], [span("a", 3, 3)]])
def test_no_gold_is_named(gold):
    with pytest.raises(ValueError, match="no gold spans; leave questions without an answer out"):
        score_spans([chunk("a", 0, 4)], gold, [])


# --- Intervals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["zero or one", "normal", "skewed"])
@pytest.mark.parametrize("size", [12, 80, 300])
def test_bootstrap_agrees_with_scipy(kind, size):
    random = np.random.default_rng(size)
    scores = {
        "zero or one": random.integers(0, 2, size).astype(float),
        "normal": random.normal(2, 0.5, size),
        "skewed": random.exponential(1, size),
    }[kind]
    ours = bootstrap(scores)
    theirs = reference_bootstrap(
        (scores,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(8)
    ).confidence_interval
    error = scores.std() / math.sqrt(size)
    assert ours.mean == pytest.approx(scores.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.12 * error)
    assert ours.high == pytest.approx(theirs.high, abs=0.12 * error)


def test_bootstrap_is_settled_by_its_seed():
    scores = np.random.default_rng(2).normal(size=40).tolist()
    assert bootstrap(scores) == bootstrap(scores, seed=0)
    assert bootstrap(scores, seed=5) == bootstrap(scores, seed=5)
    assert bootstrap(scores, seed=5) != bootstrap(scores, seed=6)
    assert bootstrap(scores, seed=5).mean == bootstrap(scores, seed=6).mean


@pytest.mark.parametrize("scores", [[0.3] * 7, [0.3], [0.0] * 50, [1]])
def test_scores_that_do_not_differ_have_no_width(scores):
    interval = bootstrap(scores)
    for value in (interval.mean, interval.low, interval.high):
        assert value == pytest.approx(scores[0])


def test_interval_is_printed_with_two_digits():
    assert str(Interval(0.678, 0.5, 0.8251)) == "0.68 [0.50, 0.83]"


@pytest.mark.parametrize(
    ("low", "high", "sure"),
    [(0.01, 0.2, True), (-0.2, -0.01, True), (0, 0.2, False), (-0.2, 0, False), (-1, 1, False)],
)
def test_the_sign_is_sure_only_off_zero(low, high, sure):
    assert Interval((low + high) / 2, low, high).excludes_zero is sure


def test_a_small_steady_gain_shows_in_pairs_only():
    random = np.random.default_rng(3)
    baseline = random.uniform(0, 0.9, 60)
    better = baseline + 0.05 + random.normal(0, 0.02, 60)
    assert bootstrap(better).low < bootstrap(baseline).high  # the two intervals overlap
    gain = paired_difference(better, baseline)
    assert gain.excludes_zero
    assert gain.mean == pytest.approx(np.mean(better - baseline))
    loss = paired_difference(baseline, better)
    assert loss.excludes_zero
    assert loss.high < 0


def test_noise_is_no_gain():
    random = np.random.default_rng(9)
    sure = [
        paired_difference(random.uniform(size=50), random.uniform(size=50)).excludes_zero
        for _ in range(40)
    ]
    assert sum(sure) <= 6  # 5 in 100 are expected
    assert not paired_difference([1, 0] * 20, [0, 1] * 20).excludes_zero
    assert not paired_difference([0.5, 1.0], [0.5, 1.0]).excludes_zero


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bootstrap([]), "no scores; a mean of nothing has no interval"),
        (lambda: bootstrap([0.5, math.nan]), "scores holds NaN; score each question"),
        (lambda: paired_difference([1, 0], [1]), "2 scores against 1; both need the same"),
        (lambda: paired_difference([], []), "no scores"),
        (lambda: paired_difference([math.nan], [1]), "NaN"),
    ],
)
def test_scores_without_an_interval_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- Outcomes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "refused", "answer", "outcome"),
    [
        ("It costs €24.", False, ["€24"], "right"),
        ("It costs €30.", False, ["€24"], "wrong"),
        ("I don't know.", True, [], "rightly refused"),
        ("I don't know.", True, ["€24"], "needlessly refused"),
        ("Not sure, perhaps €24.", True, ["€24"], "needlessly refused"),
        ("It costs €24.", False, [], "invented"),
        ("", False, ["€24"], "wrong"),
        ("", False, [], "invented"),
    ],
)
def test_the_five_outcomes(text, refused, answer, outcome):
    assert judge(text, refused=refused, answer=answer) == outcome
    assert outcome in OUTCOMES
    assert len(set(OUTCOMES)) == 5


@pytest.mark.parametrize(
    ("text", "phrase", "outcome"),
    [
        ("It costs €240.", "€24", "wrong"),
        ("It costs €24.", "€24", "right"),
        ("€24, billed yearly", "€24", "right"),
        ("(€24)", "€24", "right"),
        ("It costs €24.50.", "€24", "wrong"),
        ("It costs €24,50.", "€24", "wrong"),
        ("It takes 35 days.", "5 days", "wrong"),
        ("It takes 5 days.", "5 days", "right"),
        ("5 days", "5 days", "right"),
        ("99.95 %", "99.9", "wrong"),
        ("99.9 %", "99.9", "right"),
        ("99.95 %", "99.95", "right"),
        ("99.95 %", "99", "wrong"),
        ("99x9", "99.9", "wrong"),  # the point is a point
        ("See SW-4012.", "SW-401", "wrong"),
        ("See SW-4012.", "SW-4012", "right"),
        ("35 days, no: 5 days", "5 days", "right"),
        # A number also goes on to the left of its point or comma.
        ("It takes 2.5 days.", "5 days", "wrong"),
        ("It takes 2,5 days.", "5 days", "wrong"),
        ("Up to 1,900 items.", "900 items", "wrong"),
        ("A fee of 0.5 %.", "5 %", "wrong"),
        ("First,5 days", "5 days", "right"),
    ],
)
def test_a_number_is_not_found_inside_another(text, phrase, outcome):
    assert judge(text, refused=False, answer=[phrase]) == outcome


@pytest.mark.parametrize(
    "text",
    [
        "They take **5 business days**.",
        "They take **5** business _days_.",
        "They take `5 business days`.",
        "They take 5\nbusiness   days.",
        "They take 5\u00a0business days.",
        "THEY TAKE 5 BUSINESS DAYS",
    ],
)
@pytest.mark.parametrize("phrase", ["5 business days", "**5 Business** days", "5\nbusiness days"])
def test_case_marks_and_breaks_do_not_matter(text, phrase):
    assert judge(text, refused=False, answer=[phrase]) == "right"


def test_one_phrase_is_enough_unless_all_are_needed():
    answer = ["€24", "5 users"]
    for text, one, both in [
        ("€24 for 5 users", "right", "right"),
        ("€24 for 15 users", "right", "wrong"),
        ("for 5 users", "right", "wrong"),
        ("no idea", "wrong", "wrong"),
    ]:
        assert judge(text, refused=False, answer=answer) == one
        assert judge(text, refused=False, answer=answer, all_needed=True) == both
    assert judge("x", refused=True, answer=answer, all_needed=True) == "needlessly refused"
    assert judge("x", refused=True, answer=[], all_needed=True) == "rightly refused"
    assert judge("x", refused=False, answer=[], all_needed=True) == "invented"


# --- Runs ----------------------------------------------------------------------------------------


class Spoken:
    """Finds the chunks whose texts the question names, in the order in which it names them."""

    name = "spoken"
    dimension = 64

    def embed_documents(self, texts):
        self.texts = list(texts)
        return np.eye(len(texts), self.dimension, dtype=np.float32)

    def embed_query(self, text):
        vector = np.zeros(self.dimension, dtype=np.float32)
        for place, word in enumerate(text.split(), start=1):
            vector[self.texts.index(word)] = 1 / place
        return vector / np.linalg.norm(vector)


CORPUS = [
    Chunk("abcd", 0, 4, "a.md"),
    Chunk("efgh", 4, 8, "a.md"),
    Chunk("ijkl", 8, 12, "a.md"),
    Chunk("mnop", 0, 4, "b.md"),
    Chunk("qrst", 4, 8, "b.md"),
]
FILES = {"a.md": "abcdefghijkl", "b.md": "mnopqrst"}


def asking(text, *answers, all_needed=False, kind="lookup"):
    spans = []
    for quote in answers:
        file = next(name for name, content in FILES.items() if quote in content)
        start = FILES[file].index(quote)
        spans.append(span(file, start, start + len(quote), quote))
    return Question(
        id=text, split="dev", type=kind, question=text, spans=tuple(spans), answer=answers,
        all_needed=all_needed,
    )  # fmt: skip


def scores_of(question, k=2, chunks=CORPUS):
    run = evaluate_retrieval(Retriever(chunks, Spoken()), [question], k=k)
    return {metric: values[0] for metric, values in run.scores.items()}


LATE = 1 / math.log2(3)  # what a hit at the second place gains


@pytest.mark.parametrize(
    ("question", "expected"),
    # recall, reciprocal_rank, ndcg, span_recall, span_precision, iou
    [
        (asking("efgh abcd", "abcd"), (1, 1 / 2, LATE, 1, 4 / 8, 4 / 8)),
        (asking("efgh ijkl", "abcd"), (0, 0, 0, 0, 0, 0)),
        # Of alternatives the best one counts, and the other is not missed.
        (asking("mnop qrst", "abcd", "qrst"), (1, 1 / 2, LATE, 1, 4 / 8, 4 / 8)),
        (asking("abcd qrst", "abcd", "qrst"), (1, 1, 1, 1, 4 / 8, 4 / 8)),
        (asking("abcd efgh", "ghij", "cd"), (1, 1, 1, 1, 2 / 8, 2 / 8)),
        # Where all are needed, the share counts.
        (
            asking("abcd efgh", "abcd", "mnop", all_needed=True),
            (1 / 2, 1, 1 / (1 + LATE), 1 / 2, 4 / 8, 4 / 12),
        ),
        (asking("mnop abcd", "abcd", "mnop", all_needed=True), (1, 1, 1, 1, 1, 1)),
        # An answer cut in two by the chunks: half of it is no answer, both halves are.
        (asking("abcd ijkl", "cdef"), (0, 1, 1, 2 / 4, 2 / 8, 2 / 10)),
        (asking("ijkl efgh", "cdef"), (0, 1 / 2, LATE, 2 / 4, 2 / 8, 2 / 10)),
        (asking("efgh abcd", "cdef"), (1, 1, 1, 1, 4 / 8, 4 / 8)),
        # Three chunks are right, of which two have room.
        (asking("abcd efgh", "cdef", "mnop", all_needed=True),
         (1 / 2, 1, 1, 4 / 8, 4 / 8, 4 / 12)),
        # No chunk holds half of this answer, so none is right; two of its pieces are not all.
        (asking("abcd efgh", "cdefghijk"), (0, 0, 0, 6 / 9, 6 / 8, 6 / 11)),
    ],
)  # fmt: skip
def test_a_question_scored_by_pencil(question, expected):
    scores = scores_of(question)
    metrics = ("recall", "reciprocal_rank", "ndcg", "span_recall", "span_precision", "iou")
    assert tuple(scores) == metrics
    assert tuple(scores.values()) == pytest.approx(expected)


def test_an_answer_in_three_pieces_is_whole_when_all_are_found():
    scores = scores_of(asking("efgh ijkl abcd", "cdefghijk"), k=3)
    assert scores["recall"] == scores["span_recall"] == 1
    assert scores["reciprocal_rank"] == scores["ndcg"] == 0


def test_k_decides_what_was_found():
    question = asking("efgh mnop abcd", "abcd")
    assert scores_of(question, k=2)["recall"] == 0
    assert scores_of(question, k=3)["recall"] == 1
    assert scores_of(question, k=3)["reciprocal_rank"] == pytest.approx(1 / 3)
    assert scores_of(question, k=100)["span_precision"] == 4 / 20


def test_the_same_place_in_another_file_does_not_answer():
    assert scores_of(asking("mnop qrst", "abcd"))["recall"] == 0


def test_two_chunks_may_begin_at_the_same_place():
    # Small and large chunks of one document, searched together.
    nested = [Chunk("abcd", 0, 4, "a.md"), Chunk("abcdefgh", 0, 8, "a.md")]
    scores = scores_of(asking("abcd abcdefgh", "efgh"), chunks=nested)
    assert scores["recall"] == 1
    assert scores["reciprocal_rank"] == 1 / 2


def test_a_run_keeps_the_order_of_questions_and_leaves_out_those_without_an_answer():
    questions = [
        asking("efgh abcd", "abcd"),
        asking("abcd efgh", kind="off_topic"),
        asking("efgh ijkl", "abcd", kind="table"),
        asking("mnop qrst", "mnop"),
        asking("mnop qrst", kind="near_miss"),
        asking("abcd efgh", "abcd", "mnop", all_needed=True, kind="two_page"),
    ]
    run = evaluate_retrieval(Retriever(CORPUS, Spoken()), questions, k=2, name="tiny")
    assert (run.name, run.k) == ("tiny", 2)
    assert run.questions == [questions[0], questions[2], questions[3], questions[5]]
    found = [[chunk.text for chunk in chunks] for chunks in run.retrieved]
    assert found == [question.question.split() for question in run.questions]
    assert run.scores["recall"] == [1, 0, 1, 0.5]
    assert run.scores["reciprocal_rank"] == [0.5, 0, 1, 1]
    assert run.mean("recall") == pytest.approx(2.5 / 4)
    assert run.by_type("recall") == {"lookup": [1, 1], "table": [0], "two_page": [0.5]}
    assert list(run.by_type("reciprocal_rank")) == ["lookup", "table", "two_page"]


def test_a_run_without_anything_to_score_is_named():
    retriever = Retriever(CORPUS, Spoken())
    for questions in ([], [asking("abcd", kind="off_topic")]):
        with pytest.raises(ValueError, match="no question has an answer; recall needs some"):
            evaluate_retrieval(retriever, questions)
    for k in (0, -1):
        with pytest.raises(ValueError, match=rf"k is {k}; it must be 1 or more"):
            evaluate_retrieval(retriever, [asking("abcd", "abcd")], k=k)


def reference_recall(questions, chunks, embedder):
    """Written a second time, with sets of characters: is the answer whole among the best five?

    Of alternative spans one is enough; where all are needed, the share that was found counts.
    """
    vectors = embedder.embed_documents([chunk.text for chunk in chunks])
    recall: dict[str, list[float]] = {}
    for question in questions:
        best = [chunks[i] for i in top_k(vectors @ embedder.embed_query(question.question), 5)]
        found = []
        for span in question.spans:
            covered = set()
            for chunk in best:
                if chunk.source == span.file:
                    covered |= set(range(chunk.start, chunk.end))
            found.append(covered >= set(range(span.start, span.end)))
        value = float(np.mean(found)) if question.all_needed else float(any(found))
        recall.setdefault(question.type, []).append(value)
    return recall


def test_recall_on_real_questions_agrees_with_a_slow_reference():
    embedder = load_embedder()
    questions = [question for question in load_questions(split="dev") if question.answerable]
    chunks = [
        chunk
        for page in load_handbook()
        for chunk in by_tokens(page.text, size=200, source=f"{page.name}.md")
    ]
    run = evaluate_retrieval(Retriever(chunks, embedder), load_questions(split="dev"), k=5)
    assert run.questions == questions
    assert run.by_type("recall") == reference_recall(questions, chunks, embedder)
    assert 0 < run.mean("recall") < 1


def table_of(chunks, k):
    run = evaluate_retrieval(Retriever(chunks, Spoken()), [asking("abcd", "abcd")], k=k)
    return ladder_table([run])


def test_a_table_says_when_every_search_finds_everything():
    table = table_of(CORPUS[:3], k=5)
    assert "1.00 [1.00, 1.00]" in table
    assert "only 3 chunks and k is 5: every search finds all of them, and recall@5 says" in table
    assert "every search finds all" in table_of(CORPUS, k=5)


def test_a_table_says_what_chance_would_find_where_that_is_much():
    assert "only 5 chunks and k is 2: chunks drawn by lot have a recall of about 0.40" in table_of(
        CORPUS, k=2
    )


def test_a_table_says_nothing_of_chance_where_there_is_much_to_find():
    chunks = [Chunk(f"word{i}", 0, 4, f"{i}.md") for i in range(30)]
    assert "There are only" not in table_of([*CORPUS, *chunks], k=5)
