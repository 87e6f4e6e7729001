"""The Messages endpoint, with the vendor's SDK as client: in this process and over loopback."""

import json
import threading

import anthropic
import httpx2
import openai
import pytest
from cheroot.wsgi import Server

from helpers.offline import READER, create_app
from helpers.settings import get_settings
from helpers.tokens import count_tokens

FACTS = [
    "Refunds take 5 business days.",
    "Enterprise has SSO and a 99.9 % SLA.",
    "Pro is limited to 100 API requests a minute.",
]
PLAIN = "Facts:\n" + "\n".join(FACTS) + "\n\nQuestion: {}"
LIMIT = "What is the rate limit on Pro?"
REFUSAL = "I don't know"


@pytest.fixture(scope="module")
def app():
    return create_app(get_settings().home, body_limit=200_000)


@pytest.fixture(scope="module")
def address(app):
    server = Server(("127.0.0.1", 0), app)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.bind_addr[1]}"
    server.stop()
    thread.join()


@pytest.fixture(params=["mounted", "loopback"])
def client(request, app):
    if request.param == "mounted":
        http = anthropic.DefaultHttpxClient(transport=httpx2.WSGITransport(app=app))
        return anthropic.Anthropic(api_key="x", base_url="http://offline.invalid", http_client=http)
    address = request.getfixturevalue("address")
    return anthropic.Anthropic(api_key="x", base_url=address, max_retries=0)


def ask(client, content, **more):
    return client.messages.create(
        model="claude-sonnet-4-6",
        max_tokens=more.pop("max_tokens", 100),
        messages=[{"role": "user", "content": content}],
        **more,
    )


def results(*, enabled=True):
    return [
        {
            "type": "search_result",
            "source": f"fact-{number}",
            "title": "Facts",
            "content": [{"type": "text", "text": fact}],
            "citations": {"enabled": enabled},
        }
        for number, fact in enumerate(FACTS)
    ]


def document(text, **more):
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return {"type": "document", "source": source, "citations": {"enabled": True}} | more


def question(text):
    return {"type": "text", "text": text}


def test_plain_text_is_answered(client):
    message = ask(client, PLAIN.format(LIMIT))
    assert message.content[0].text == FACTS[2]
    assert message.content[0].citations is None
    assert (message.model, message.stop_reason) == (READER, "end_turn")
    assert message.usage.input_tokens > 20


def test_a_question_without_an_answer_is_refused(client):
    for content in (
        PLAIN.format("Who founded the company?"),
        [*results(), question("Who founded the company?")],
        "Who founded the company?",
    ):
        message = ask(client, content)
        assert message.content[0].text.startswith(REFUSAL)
        assert not message.content[0].citations


def test_search_results_are_cited(client):
    block = ask(client, [*results(), question(LIMIT)]).content[0]
    (citation,) = block.citations
    assert block.text == citation.cited_text == FACTS[2]
    assert citation.type == "search_result_location"
    assert (citation.search_result_index, citation.source) == (2, "fact-2")
    assert (citation.start_block_index, citation.end_block_index) == (0, 1)


def test_a_document_is_cited_by_character(client):
    text = "\n".join(FACTS)
    block = ask(client, [document(text, title="Facts"), question(LIMIT)]).content[0]
    (citation,) = block.citations
    assert citation.type == "char_location"
    assert text[citation.start_char_index : citation.end_char_index] == citation.cited_text
    assert block.text == citation.cited_text == FACTS[2]


def test_a_document_of_blocks_is_cited_by_block(client):
    source = {"type": "content", "content": [{"type": "text", "text": fact} for fact in FACTS]}
    content = [document("", source=source), question(LIMIT)]
    (citation,) = ask(client, content).content[0].citations
    assert citation.type == "content_block_location"
    assert (citation.start_block_index, citation.cited_text) == (2, FACTS[2])


def test_without_citations_there_are_none(client):
    message = ask(client, [*results(enabled=False), question(LIMIT)])
    assert message.content[0].text == FACTS[2]
    assert not message.content[0].citations


def test_markers_are_repeated(client):
    message = ask(client, f"Sources:\n[1] {FACTS[0]}\n[2] {FACTS[2]}\n\nQuestion: {LIMIT}")
    assert message.content[0].text == f"{FACTS[2]} [2]"


def test_a_stream_gives_the_same_message_in_pieces(client):
    arguments = {
        "model": "m",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": [*results(), question(LIMIT)]}],
    }
    with client.messages.stream(**arguments) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_message()
    whole = client.messages.create(**arguments)
    assert final.content[0].text == whole.content[0].text
    assert final.content[0].citations == whole.content[0].citations
    assert final.usage == whole.usage
    assert kinds.count("text") > 3
    assert "citation" in kinds


def test_max_tokens_cuts_the_answer(client):
    message = ask(client, PLAIN.format(LIMIT), max_tokens=3)
    assert message.stop_reason == "max_tokens"
    assert message.content[0].text == "Pro is limited"
    assert message.usage.output_tokens == 3


def test_a_stop_sequence_ends_the_answer(client):
    message = ask(client, PLAIN.format(LIMIT), stop_sequences=["API", "100"])
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "100")
    assert message.content[0].text == "Pro is limited to "


def test_tokens_are_counted_without_answering(client):
    messages = [{"role": "user", "content": PLAIN.format(LIMIT)}]
    counted = client.messages.count_tokens(model="m", messages=messages, system="Be brief.")
    answered = client.messages.create(
        model="m", max_tokens=9, messages=messages, system="Be brief."
    )
    assert counted.input_tokens == answered.usage.input_tokens


def test_models(client):
    (model,) = client.models.list()
    assert model.id == READER
    assert client.models.retrieve(READER).display_name == model.display_name
    with pytest.raises(anthropic.NotFoundError, match="claude-unheard-of"):
        client.models.retrieve("claude-unheard-of")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        ({"messages": []}, "messages: List should have at least 1 item"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role: Input should be"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        ({"model": ""}, "model: String should have at least 1 character"),
        ({"temperature": 0.5}, "temperature: Extra inputs are not permitted"),
        ({"tools": [{"name": "t"}]}, "tools: offline-reader does not support tool use"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
    ],
)
def test_bad_requests_are_refused_by_field(client, change, message):
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.post("/v1/messages", body=body | change, cast_to=object)
    assert caught.value.body["error"]["type"] == "invalid_request_error"
    assert caught.value.body["error"]["message"].startswith(message)
    assert caught.value.request_id == caught.value.body["request_id"]


@pytest.mark.parametrize("missing", ["model", "max_tokens", "messages"])
def test_a_missing_field_is_named(client, missing):
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
    del body[missing]
    with pytest.raises(anthropic.BadRequestError, match=f"{missing}: Field required"):
        client.post("/v1/messages", body=body, cast_to=object)


def test_an_unknown_path_is_not_found(client):
    with pytest.raises(anthropic.NotFoundError, match="POST /v1/nothing: no such endpoint"):
        client.post("/v1/nothing", body={}, cast_to=object)


def test_a_wrong_method_is_refused(client):
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.get("/v1/messages", cast_to=object)
    assert caught.value.status_code == 405


def test_a_body_over_the_limit_is_refused(client):
    with pytest.raises(anthropic.APIStatusError) as caught:
        ask(client, "x" * 300_000)
    assert caught.value.status_code == 413
    assert caught.value.body["error"]["type"] == "request_too_large"
    assert "200,000 bytes" in caught.value.body["error"]["message"]


@pytest.mark.parametrize("body", [b"{", b"", b"[1]", b"null", b"\xff", b'{"a": 1} x'])
def test_a_malformed_body_is_refused(app, body):
    answer = app.test_client().post("/v1/messages", data=body)
    assert answer.status_code == 400
    assert answer.json["error"]["type"] == "invalid_request_error"


def test_deep_nesting_is_refused(app):
    answer = app.test_client().post("/v1/messages", data=b"[" * 100_000)
    assert answer.status_code == 400


def test_html_in_a_request_comes_back_as_json_only(app):
    answer = app.test_client().get("/v1/<script>alert(1)</script>")
    assert answer.mimetype == "application/json"
    assert "<script>" in json.loads(answer.text)["error"]["message"]


class TestEmbeddings:
    """The endpoint in OpenAI's shape."""

    @pytest.fixture
    def openai_client(self, app):
        http = openai.DefaultHttpxClient(transport=httpx2.WSGITransport(app=app))
        return openai.OpenAI(api_key="x", base_url="http://offline.invalid/v1", http_client=http)

    def test_vectors_come_back_in_order(self, openai_client):
        base64 = openai_client.embeddings.create(model="m", input=FACTS)
        plain = openai_client.embeddings.create(model="m", input=FACTS, encoding_format="float")
        assert base64.model == "all-MiniLM-L6-v2"
        assert [item.index for item in base64.data] == [0, 1, 2]
        assert base64.usage.prompt_tokens == sum(count_tokens(fact) for fact in FACTS)
        for left, right in zip(base64.data, plain.data, strict=True):
            assert left.embedding == pytest.approx(right.embedding)
            assert sum(value * value for value in left.embedding) == pytest.approx(1, abs=1e-4)

    @pytest.mark.parametrize(
        "wrong", [{"input": ""}, {"input": []}, {"input": [""]}, {"input": ["a"] * 2049},
                  {"input": [[1, 2]]}, {"input": "a", "dimensions": 12}]
    )  # fmt: skip
    def test_bad_input_is_refused(self, openai_client, wrong):
        with pytest.raises(openai.BadRequestError) as caught:
            openai_client.post("/embeddings", body={"model": "m"} | wrong, cast_to=object)
        assert caught.value.body["type"] == "invalid_request_error"

    def test_models_have_openais_shape(self, openai_client):
        (model,) = openai_client.models.list()
        assert (model.id, model.object) == ("all-MiniLM-L6-v2", "model")
        with pytest.raises(openai.NotFoundError):
            openai_client.models.retrieve("gpt")
