"""The Messages endpoint, with the vendor's SDK as client: in this process and over loopback."""

import json

import anthropic
import httpx2
import openai
import pytest
from facts import FACTS, LIMIT, PLAIN, ask, document, question, user

from helpers.offline import READER, create_app
from helpers.tokens import count_tokens

REFUSAL = "I don't know"


def test_plain_text_is_answered(client):
    message = ask(client, PLAIN.format(LIMIT))
    assert message.content[0].text == FACTS[2]
    assert message.content[0].citations is None
    assert (message.model, message.stop_reason) == (READER, "end_turn")
    assert message.usage.input_tokens > 20


def test_a_question_without_an_answer_is_refused(client, results):
    for content in (
        PLAIN.format("Who founded the company?"),
        [*results(), question("Who founded the company?")],
        "Who founded the company?",
    ):
        message = ask(client, content)
        assert message.content[0].text.startswith(REFUSAL)
        assert not message.content[0].citations


def test_search_results_are_cited(client, results):
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


def test_without_citations_there_are_none(client, results):
    message = ask(client, [*results(enabled=False), question(LIMIT)])
    assert message.content[0].text == FACTS[2]
    assert not message.content[0].citations


def test_markers_are_repeated(client):
    message = ask(client, f"Sources:\n[1] {FACTS[0]}\n[2] {FACTS[2]}\n\nQuestion: {LIMIT}")
    assert message.content[0].text == f"{FACTS[2]} [2]"


def test_a_stream_gives_the_same_message_in_pieces(client, results):
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
        ({"max_tokens": 64_001}, "max_tokens: Input should be less than or equal to 64000"),
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


class TestFields:
    """Each documented field is accepted, or refused with the vendor's error."""

    @pytest.mark.parametrize(
        "field",
        [
            {"cache_control": {"type": "ephemeral", "ttl": "1h"}},
            {"diagnostics": {"previous_message_id": "msg_1"}},
            {"metadata": {"user_id": "u-1"}},
            {"output_config": {}},
            {"service_tier": "auto"},
            {"speed": "standard"},
            {"stop_sequences": ["END"]},
            {"system": "Be brief."},
            {"system": [{"type": "text", "text": "Be brief.",
                         "cache_control": {"type": "ephemeral"}}]},
            {"thinking": {"type": "disabled"}},
            {"tool_choice": {"type": "none"}, "tools": []},
        ],
    )  # fmt: skip
    def test_accepted(self, client, field):
        assert ask(client, PLAIN.format(LIMIT), **field).content[0].text == FACTS[2]

    @pytest.mark.parametrize(
        ("field", "message"),
        [
            ({"cache_control": {"type": "forever"}}, "cache_control.type: Input should be"),
            ({"container": "c_1"}, "container: offline-reader does not support containers"),
            ({"inference_geo": "us"}, "inference_geo: offline-reader does not support a choice"),
            ({"metadata": {"user_id": "u" * 257}}, "metadata.user_id: String should have at most"),
            ({"metadata": {"mail": "a@b"}}, "metadata.mail: Extra inputs are not permitted"),
            ({"output_config": {"effort": "low"}}, "output_config.effort: offline-reader does not"),
            ({"output_config": {"format": {"type": "xml"}}}, "output_config.format"),
            ({"service_tier": "gold"}, "service_tier: Input should be 'auto'"),
            ({"speed": "fast"}, "speed: offline-reader does not support fast mode"),
            ({"stop_sequences": [" "]}, "stop_sequences: each stop sequence must contain"),
            ({"system": [{"type": "text", "text": ""}]}, "system.0.text: String should have"),
            ({"thinking": {"type": "adaptive"}}, "thinking: offline-reader does not support"),
            ({"tools": [{"name": "t", "input_schema": {}}]}, "tools: offline-reader does not"),
            ({"tool_choice": {"type": "any"}}, "tool_choice: offline-reader does not support"),
        ],
    )
    def test_refused(self, client, field, message):
        with pytest.raises(anthropic.BadRequestError) as caught:
            ask(client, PLAIN.format(LIMIT), **field)
        assert caught.value.type == "invalid_request_error"
        assert caught.value.api_message.startswith(message)

    def test_every_field_of_the_sdk_is_known(self):
        from anthropic.types import message_count_tokens_params, message_create_params

        from helpers.offline.schema import CountRequest, MessagesRequest

        headers = {"user_profile_id", "workspace_id"}
        create = message_create_params.MessageCreateParamsStreaming.__annotations__
        count = message_count_tokens_params.MessageCountTokensParams.__annotations__
        assert set(create) - headers == set(MessagesRequest.model_fields)
        assert set(count) - headers == set(CountRequest.model_fields)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ([{"type": "image", "source": {"type": "url", "url": "http://x/i.png"}}],
             "messages.0.content.0: offline-reader does not support 'image' here; it reads 'text'"),
            ([document("x", source={"type": "url", "url": "http://x"})],
             "messages.0.content.0.document.source: offline-reader does not support 'url' here"),
            ("", "messages.0.content.0.text.text: String should have at least 1 character"),
            ([], "messages.0.content: List should have at least 1 item"),
            ([document("A."), document("B.", citations={"enabled": False}), question("Why?")],
             "citations must be enabled on all documents and results or on none"),
        ],
    )  # fmt: skip
    def test_content_that_cannot_be_read_is_refused(self, client, content, message):
        with pytest.raises(anthropic.BadRequestError) as caught:
            ask(client, content)
        assert caught.value.api_message.startswith(message)

    def test_an_answer_cannot_be_begun_for_the_reader(self, client):
        messages = [*user(PLAIN.format(LIMIT)), {"role": "assistant", "content": "Pro is"}]
        with pytest.raises(anthropic.BadRequestError, match="does not support assistant message"):
            client.messages.create(model="m", max_tokens=9, messages=messages)

    def test_a_prompt_over_the_window_is_refused(self, tmp_path):
        body = {"model": "m", "max_tokens": 9, "messages": user("a b c d e f g h " * 26_000)}
        answer = create_app(tmp_path).test_client().post("/v1/messages", json=body)
        assert answer.status_code == 400
        assert answer.json["error"]["message"] == (
            "prompt is too long: 208000 tokens > 200000 maximum"
        )


def test_a_conversation_goes_on(client, results):
    first = [*results(), question("How long do refunds take?")]
    answer = ask(client, first)
    messages = [
        {"role": "user", "content": first},
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": "And the rate limit on Pro?"},
    ]
    message = client.messages.create(model="m", max_tokens=50, messages=messages)
    assert FACTS[2] in message.content[0].text
    assert message.content[0].citations[0].search_result_index == 2


def test_the_system_prompt_may_come_as_a_turn(client):
    messages = [
        {"role": "system", "content": "<facts>" + " ".join(FACTS) + "</facts>"},
        *user(LIMIT),
    ]
    message = client.messages.create(model="m", max_tokens=50, messages=messages)
    assert message.content[0].text == FACTS[2]


def test_what_the_models_say_of_themselves_holds(client):
    """The capabilities name what requests are refused for."""
    able = client.models.retrieve(READER).capabilities
    assert able.citations.supported
    assert able.structured_outputs.supported
    for name in ("batch", "code_execution", "effort", "image_input", "pdf_input", "thinking"):
        assert not getattr(able, name).supported


@pytest.mark.parametrize(
    ("query", "count"), [({"limit": 1}, 1), ({"after_id": READER}, 0), ({"before_id": READER}, 0)]
)
def test_the_list_of_models_has_pages(client, query, count):
    assert len(client.models.list(**query).data) == count


@pytest.mark.parametrize("limit", [0, 1001, "x", "1e3", "١"])
def test_a_limit_out_of_range_is_refused(client, limit):
    with pytest.raises(anthropic.BadRequestError, match="limit: "):
        client.models.list(limit=limit)


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
        model, base = openai_client.models.list()
        assert (model.id, model.object) == ("all-MiniLM-L6-v2", "model")
        assert base.id == "offline-minilm"
        with pytest.raises(openai.NotFoundError):
            openai_client.models.retrieve("gpt")
