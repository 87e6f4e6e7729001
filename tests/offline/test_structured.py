"""Structured output through the SDK's `parse`: fields filled with what the context says."""

from typing import Literal

import anthropic
import pytest
from facts import FACTS, user
from pydantic import BaseModel, Field, ValidationError

from helpers.offline.structured import _as

CONTEXT = "Facts:\n" + "\n".join(FACTS) + "\n\nQuestion: "


def parsed(client, form, question, context=CONTEXT):
    message = client.messages.parse(
        model="m", max_tokens=300, messages=user(context + question), output_format=form
    )
    return message.parsed_output


class Limit(BaseModel):
    sentence: str
    requests: int = Field(description="API requests a minute")


class Plan(BaseModel):
    plan: Literal["free", "pro", "enterprise"]


class Quotes(BaseModel):
    quotes: list[str]


class Inner(BaseModel):
    days: float


class Nested(BaseModel):
    refund: Inner
    note: str | None


class Yes(BaseModel):
    yes: bool


def test_strings_and_numbers(client):
    found = parsed(client, Limit, "What is the rate limit on Pro?")
    assert found == Limit(sentence=FACTS[2], requests=100)


def test_an_enumeration_takes_the_nearest_member(client):
    assert parsed(client, Plan, "Which plan has the SSO that an enterprise needs?").plan == (
        "enterprise"
    )


def test_lists_and_objects(client):
    assert parsed(client, Quotes, "How long do refunds take?").quotes == [FACTS[0]]
    found = parsed(client, Nested, "How long do refunds take?")
    assert found.refund.days == 5.0


def test_what_may_be_null_is_null_where_nothing_fits(client):
    assert parsed(client, Nested, "How long do refunds take?", "Facts: Refunds take 5 days.\n\n"
                  "Question: ").refund.days == 5  # fmt: skip

    class Founder(BaseModel):
        founder: str | None

    assert parsed(client, Founder, "Who founded the company?") == Founder(founder=None)


def test_without_an_answer_there_is_a_refusal_and_no_json(client):
    message = client.messages.create(
        model="m", max_tokens=100, messages=user(CONTEXT + "Who founded the company?"),
        output_config={"format": {"type": "json_schema", "schema": {
            "type": "object", "properties": {"founder": {"type": "string"}}}}},
    )  # fmt: skip
    assert message.stop_reason == "refusal"
    assert message.content[0].text.startswith("I don't know")
    with pytest.raises(ValidationError):
        parsed(client, Limit, "Who founded the company?")


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "object", "properties": {"yes": {"type": "boolean"}}},
         "output_config.format: yes: offline-reader cannot fill boolean"),
        ({"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {}}}}},
         "output_config.format: a.b: offline-reader cannot fill this"),
        ({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object"}}}},
         "output_config.format: a: offline-reader cannot fill array"),
        ({"type": "object", "properties": {"a": {"enum": [1, 2]}}}, "output_config.format: a:"),
        ({"type": "string"}, "output_config.format: the schema must be of type 'object'"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {
            "type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}}},
         "output_config.format: a.a.a.a.a.a.a.a.a is nested too deeply"),
    ],
)  # fmt: skip
def test_what_cannot_be_copied_is_refused_by_name(client, schema, message):
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(
            model="m", max_tokens=9, messages=user(CONTEXT + "How long?"),
            output_config={"format": {"type": "json_schema", "schema": schema}},
        )  # fmt: skip
    assert caught.value.api_message.startswith(message)


def test_citations_and_a_form_exclude_each_other(client, results):
    content = [*results(), {"type": "text", "text": "How long?"}]
    with pytest.raises(anthropic.BadRequestError, match="citations cannot be used together"):
        client.messages.parse(
            model="m", max_tokens=9, messages=user(content), output_format=Limit
        )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "Pro has 20,000 items.", 20000),
        ("number", "It costs €1,234.50 a year.", 1234.5),
        ("integer", "4.2 The request takes 7 days.", 7),
        ("number", "Uptime of 99.9 %.", 99.9),
        ("integer", "Uptime of 99.9 %.", None),
        ("number", "SW-4012 and v2.", None),
        ("string", "", None),
    ],
)
def test_a_text_as_a_value(kind, text, value):
    assert _as(kind, [text] if text else []) == value
