"""The assistant: four steps, a trace, a log that nothing tears, and a replay that is the same."""

import json
import threading

import pytest

from helpers.assistant import (
    Assistant,
    Trace,
    Triage,
    house_reply,
    read_log,
    replay,
    support_assistant,
)
from helpers.assistant import __main__ as command
from helpers.assistant.pipeline import handbook_retriever
from helpers.assistant.traces import append
from helpers.data import DataError, load_handbook
from helpers.embedding import load_embedder
from helpers.finetuning.jobs import Prediction
from helpers.grounding import Answer, Citation
from helpers.retrieval import Retriever

QUESTION = "How many business days does a refund take?"


class Sorted(Triage):
    """A triage whose answer is given, so that a test can say what happens then."""

    def __init__(self, label="billing", confidence=0.9):
        super().__init__("fixed")
        object.__setattr__(self, "answer", Prediction(label, confidence))

    def sort(self, message):
        return self.answer


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


@pytest.fixture(scope="module")
def pages():
    names = ("refunds", "exporting-data", "plans-and-pricing")
    return [page for page in load_handbook() if page.name in names]


@pytest.fixture(scope="module")
def retriever(embedder, pages) -> Retriever:
    return handbook_retriever(pages, embedder)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "folder" / "traces.jsonl"


@pytest.fixture
def assistant(retriever, log):
    return Assistant(Sorted(), retriever, log=log)


def test_a_reply_has_facts_sources_and_a_trace(assistant):
    reply = assistant.reply(QUESTION)
    assert reply.outcome == "answered"
    assert "5 business days" in reply.text
    assert "[1] refunds.md" in reply.text
    assert "billing team" in reply.text
    assert reply.answer.grounded
    assert [step.name for step in reply.trace.steps] == ["triage", "retrieve", "answer", "reply"]
    assert all(step.seconds >= 0 for step in reply.trace.steps)
    assert reply.trace.step("answer").model == "offline-reader"
    assert len(reply.trace.step("retrieve").found["passages"]) == 5
    shown = str(reply.trace)
    assert "billing, 90% sure" in shown
    assert "✓ refunds.md" in shown


def test_an_unsure_triage_hands_over_and_looks_nothing_up(retriever, log):
    reply = Assistant(Sorted(confidence=0.69), retriever, log=log).reply(QUESTION)
    assert reply.outcome == "handed_over"
    assert reply.answer is None
    assert [step.name for step in reply.trace.steps] == ["triage", "reply"]
    assert "A person reads your message" in reply.text
    assert replay(reply.trace.id, log).same


def test_a_service_without_probabilities_is_taken_at_its_word(retriever, log):
    reply = Assistant(Sorted(confidence=float("nan")), retriever, log=log).reply(QUESTION)
    assert reply.outcome == "answered"
    assert reply.confidence is None
    assert next(read_log(log)).step("triage").found["confidence"] is None


def test_what_the_handbook_does_not_say_is_refused_in_the_house_style(assistant):
    reply = assistant.reply("What is the boiling point of mercury in Kelvin?")
    assert reply.outcome == "refused"
    assert "Our handbook does not answer this" in reply.text
    assert "Hello" in reply.text


def test_without_retrieval_it_knows_nothing():
    reply = Assistant(Sorted(), None).reply(QUESTION)
    assert reply.outcome == "refused"
    assert reply.trace.step("retrieve").model == "no retrieval"


@pytest.mark.parametrize("message", ["", "  \n"])
def test_an_empty_message_is_refused_and_not_logged(assistant, log, message):
    with pytest.raises(ValueError, match="the message is empty"):
        assistant.reply(message)
    assert not log.exists()


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"k": 0}, "k is 0"), ({"least_confidence": 1.5}, "least_confidence is 1.5")],
)
def test_wrong_options_are_named(retriever, options, problem):
    with pytest.raises(ValueError, match=problem):
        Assistant(Sorted(), retriever, **options)


class TestReplay:
    def test_it_is_the_same_without_and_with_the_models(self, assistant, log):
        ids = [assistant.reply(text).trace.id for text in (QUESTION, "How long is a link valid?")]
        for trace_id in ids:
            assert replay(trace_id, log).same
            again = replay(trace_id, log, assistant=assistant)
            assert again.same
            assert again.different == ()

    def test_it_uses_the_logged_passages_when_the_handbook_has_changed(
        self, assistant, log, embedder
    ):
        before = assistant.reply(QUESTION)
        pages = [
            page.model_copy(
                update={"text": page.text.replace("5 business days", "3 business days")}
            )
            for page in load_handbook()
            if page.name == "refunds"
        ]
        changed = Assistant(Sorted(), handbook_retriever(pages, embedder))
        assert "3 business days" in changed.reply(QUESTION).text
        assert replay(before.trace.id, log, assistant=changed).same

    def test_what_differs_is_named(self, assistant, log, retriever):
        trace = assistant.reply(QUESTION).trace
        other = Assistant(Sorted("bug"), retriever)
        again = replay(trace.id, log, assistant=other)
        assert not again.same
        assert again.different == ("triage",)

    def test_a_log_that_was_changed_by_hand_is_noticed(self, assistant, log):
        trace = assistant.reply(QUESTION).trace
        log.write_text(log.read_text(encoding="utf-8").replace('"reply":"Hello', '"reply":"Hi'),
                       encoding="utf-8")  # fmt: skip
        assert not replay(trace.id, log).same

    def test_an_unknown_id_and_a_missing_log(self, assistant, log):
        with pytest.raises(DataError, match="no such log"):
            replay("tr_1", log)
        assistant.reply(QUESTION)
        with pytest.raises(ValueError, match="no trace 'tr_1'"):
            replay("tr_1", log)

    def test_a_broken_line_is_named(self, assistant, log):
        assistant.reply(QUESTION)
        with log.open("a", encoding="utf-8") as file:
            file.write('{"id": 1}\n')
        with pytest.raises(DataError, match="line 2"):
            list(read_log(log))


def test_many_writers_tear_no_line(log):
    def write(number):
        for _ in range(20):
            append(log, Trace(message="é" * 3000, outcome="refused", reply=str(number), steps=()))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(read_log(log))) == 160


class TestHouseReply:
    def test_an_unverified_citation_gets_no_number(self):
        citations = [
            Citation("x", "a.md", 0, verified=False),
            Citation("y", "b.md", 1, verified=True, start=0),
        ]
        text = house_reply("bug", Answer("Y.", citations, refused=False, model="m", usage={}))
        assert "[1] b.md" in text
        assert "a.md" not in text

    def test_no_proof_is_said(self):
        text = house_reply("nonsense", Answer("Y.", [], refused=False, model="m", usage={}))
        assert "without proof" in text
        assert "a person takes over" in text


class TestCommand:
    @pytest.fixture(autouse=True)
    def opened(self, monkeypatch, pages, embedder):
        """The assistants that the command has opened, of one page each."""
        assistants = []

        def small(*, log, tune, tell):
            tell("getting ready")
            assistants.append(Assistant(Sorted(), handbook_retriever(pages, embedder), log=log))
            return assistants[-1]

        monkeypatch.setattr(command, "ready_assistant", small)
        return assistants

    def test_it_prints_reply_and_trace_and_plays_it_again(self, capsys, log):
        assert command.main([QUESTION, "--log", str(log)]) == 0
        out = capsys.readouterr().out
        assert "5 business days" in out
        assert "retrieve" in out
        trace_id = json.loads(log.read_text(encoding="utf-8"))["id"]
        assert trace_id in out
        assert command.main(["--list", "--log", str(log)]) == 0
        assert QUESTION in capsys.readouterr().out
        assert command.main(["--replay", trace_id, "--log", str(log)]) == 0
        assert "5 business days" in capsys.readouterr().out

    def test_quiet_prints_only_the_reply(self, capsys):
        assert command.main([QUESTION, "--quiet"]) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("Hello,")
        assert "retrieve" not in captured.out
        assert captured.err == ""

    def test_it_closes_what_it_has_opened(self, opened, log):
        assert command.main([QUESTION, "--log", str(log)]) == 0
        with pytest.raises(ValueError, match="is closed"):
            opened[0].retriever.search(QUESTION)

    def test_problems_are_one_line(self, capsys, tmp_path):
        assert command.main(["--list", "--log", str(tmp_path / "none.jsonl")]) == 1
        assert "no such log" in capsys.readouterr().err
        with pytest.raises(SystemExit):
            command.main([])
        assert "say what the customer wrote" in capsys.readouterr().err


def test_the_whole_assistant_takes_the_course_s_defaults(monkeypatch, embedder, log, retriever):
    from helpers.assistant import pipeline

    monkeypatch.setattr(pipeline, "tuned_triage", lambda _: Sorted())
    pages = [page for page in load_handbook() if page.name == "refunds"]
    whole = support_assistant(pages=pages, embedder=embedder, log=log)
    assert whole.reply(QUESTION).outcome == "answered"
