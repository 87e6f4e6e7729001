"""`POST /v1/messages`: from a request to a message with citations, whole or as a stream."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from helpers.embedding import Embedder
from helpers.offline import READER
from helpers.offline.errors import ApiError
from helpers.offline.prompts import Context, Prompt, read_prompt
from helpers.offline.reader import REFUSAL, Quote, read
from helpers.offline.schema import (
    CountRequest,
    MessagesRequest,
    PlainText,
    SearchResultBlock,
    TextBlock,
)
from helpers.offline.structured import Filler, NothingFitsError
from helpers.tokens import count_tokens, first_tokens
from helpers.words import words_with_spaces

JsonObject = dict[str, Any]
MAX_INPUT_TOKENS = 200_000


def answer(request: MessagesRequest, embedder: Embedder) -> JsonObject:
    """The message that answers the request.

    Raises:
        ApiError: the prompt is longer than the reader's window, or asks for a form that an
            extractive reader cannot fill.
    """
    tokens = input_tokens(request)
    if tokens > MAX_INPUT_TOKENS:
        raise ApiError(400, f"prompt is too long: {tokens} tokens > {MAX_INPUT_TOKENS} maximum")
    prompt = read_prompt(request.messages, request.system_text())
    passages = [item.passage for item in prompt.context]
    form = request.output_config.format if request.output_config else None
    if form:
        blocks, refused = _filled(Filler(form.json_schema), prompt, embedder)
    else:
        quotes = read(prompt.question, passages, embedder)
        blocks = _blocks(quotes, prompt.context) if quotes else [_text_block(REFUSAL)]
        refused = False
    blocks, stop_reason, stop_sequence = _cut(blocks, request)
    if refused:
        stop_reason = "refusal"
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": READER,
        "content": blocks,
        "stop_reason": stop_reason,
        "stop_sequence": stop_sequence,
        "usage": {
            "input_tokens": tokens,
            "output_tokens": sum(count_tokens(block["text"]) for block in blocks),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "service_tier": "standard",
        },
    }


def input_tokens(request: CountRequest) -> int:
    """Tokens of everything the reader is given, counted by the embedding model's tokenizer."""
    texts = [request.system_text()]
    for turn in request.messages:
        for block in turn.content if turn.role != "system" else []:
            if isinstance(block, TextBlock):
                texts.append(block.text)
            elif isinstance(block, SearchResultBlock):
                texts += [block.source, block.title, *(part.text for part in block.content)]
            else:
                texts += [block.title or "", block.context or ""]
                source = block.source
                parts = [source.data] if isinstance(source, PlainText) else source.content
                texts += [part if isinstance(part, str) else part.text for part in parts]
    return sum(count_tokens(text) for text in texts)


def _filled(filler: Filler, prompt: Prompt, embedder: Embedder) -> tuple[list[JsonObject], bool]:
    """The form as JSON text; or, where a field has no answer, a refusal that is no JSON."""
    passages = [item.passage for item in prompt.context]
    try:
        filled = filler.fill(prompt.question, passages, embedder)
    except NothingFitsError:
        return [_text_block(REFUSAL)], True
    return [_text_block(json.dumps(filled, ensure_ascii=False))], False


def _text_block(text: str, citations: list[JsonObject] | None = None) -> JsonObject:
    return {"type": "text", "text": text, "citations": citations}


def _blocks(quotes: list[Quote], context: list[Context]) -> list[JsonObject]:
    """One block a quote; with citations off, one block for all, with markers if there are."""
    if all(context[quote.passage].cited for quote in quotes):
        blocks = [
            _text_block(quote.text, [_citation(quote, context[quote.passage])]) for quote in quotes
        ]
        for block in blocks[:-1]:
            block["text"] += "\n"
        return blocks
    lines = [f"{quote.text} {context[quote.passage].marker}".rstrip() for quote in quotes]
    return [_text_block("\n".join(lines))]


def _citation(quote: Quote, item: Context) -> JsonObject:
    """Where the quote stands. Only plain-text documents are cited by character; in the other
    kinds a text block is the smallest unit, as in the vendor's API."""
    if item.kind == "document":
        return {
            "type": "char_location",
            "cited_text": quote.text,
            "document_index": item.number,
            "document_title": item.title or None,
            "start_char_index": quote.start,
            "end_char_index": quote.end,
            "file_id": None,
        }
    first, last = item.blocks_of(quote.start, quote.end)
    block = {
        "cited_text": "".join(item.blocks[first : last + 1]),
        "start_block_index": first,
        "end_block_index": last + 1,
    }
    if item.kind == "content_document":
        return block | {
            "type": "content_block_location",
            "document_index": item.number,
            "document_title": item.title or None,
            "file_id": None,
        }
    return block | {
        "type": "search_result_location",
        "search_result_index": item.number,
        "source": item.source,
        "title": item.title or None,
    }


def _cut(
    blocks: list[JsonObject], request: MessagesRequest
) -> tuple[list[JsonObject], str, str | None]:
    """End the answer at a stop sequence or at `max_tokens`, whichever comes first."""
    kept: list[JsonObject] = []
    left = request.max_tokens
    for block in blocks:
        text = block["text"]
        stops = [stop for stop in request.stop_sequences or [] if stop and stop in text]
        stop = min(stops, key=text.index, default=None)
        if stop is not None:
            text = text[: text.index(stop)]
        within = first_tokens(text, left)
        kept.append(block | {"text": within})
        if within != text:
            return kept, "max_tokens", None
        if stop is not None:
            return kept, "stop_sequence", stop
        left -= count_tokens(text)
    return kept, "end_turn", None


def stream(message: JsonObject) -> Iterator[bytes]:
    """The message as server-sent events, word by word, citations behind the words."""
    ended = {key: message[key] for key in ("stop_reason", "stop_sequence")}
    usage = message["usage"]
    started = message | {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage | {"output_tokens": 1},
    }
    yield _event("message_start", message=started)
    yield _event("ping")
    for index, block in enumerate(message["content"]):
        empty = _text_block("", [] if block["citations"] else None)
        yield _event("content_block_start", index=index, content_block=empty)
        for word in words_with_spaces(block["text"]):
            delta = {"type": "text_delta", "text": word}
            yield _event("content_block_delta", index=index, delta=delta)
        for citation in block["citations"] or []:
            delta = {"type": "citations_delta", "citation": citation}
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    yield _event("message_delta", delta=ended, usage={"output_tokens": usage["output_tokens"]})
    yield _event("message_stop")


def error_event(body: JsonObject) -> bytes:
    """The event that ends a stream in which something failed."""
    return _event("error", error=body["error"], request_id=body["request_id"])


def _event(name: str, **fields: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()
