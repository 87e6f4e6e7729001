"""`POST /v1/messages`: from a request to a message with citations, whole or as a stream."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from helpers.embedding import Embedder
from helpers.offline import READER
from helpers.offline.prompts import Context, read_prompt
from helpers.offline.reader import REFUSAL, Quote, read
from helpers.offline.schema import CountRequest, MessagesRequest
from helpers.tokens import count_tokens, first_tokens

JsonObject = dict[str, Any]


def answer(request: MessagesRequest, embedder: Embedder) -> JsonObject:
    """The message that answers the request."""
    prompt = read_prompt(request.messages, request.system_text())
    quotes = read(prompt.question, [item.passage for item in prompt.context], embedder)
    blocks = _blocks(quotes, prompt.context) if quotes else [_text_block(REFUSAL)]
    blocks, stop_reason, stop_sequence = _cut(blocks, request)
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": READER,
        "content": blocks,
        "stop_reason": stop_reason,
        "stop_sequence": stop_sequence,
        "usage": {
            "input_tokens": input_tokens(request),
            "output_tokens": sum(count_tokens(block["text"]) for block in blocks),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    }


def input_tokens(request: CountRequest) -> int:
    """Tokens of everything the reader is given, counted by the embedding model's tokenizer."""
    prompt = read_prompt(request.messages, "")
    texts = [request.system_text()]
    texts += [item.passage.text for item in prompt.context if item.kind != "text"]
    for turn in request.messages:
        texts += [block.text for block in turn.blocks() if block.type == "text"]
    return sum(count_tokens(text) for text in texts)


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
    markers = {context[quote.passage].marker for quote in quotes}
    text = "\n".join(quote.text for quote in quotes)
    return [_text_block(" ".join([text, *sorted(filter(None, markers))]))]


def _citation(quote: Quote, item: Context) -> JsonObject:
    """Where the quote stands. Only plain-text documents are cited by character; in the other
    kinds a text block is the smallest unit, as in the vendor's API."""
    if item.kind == "document":
        return {
            "type": "char_location",
            "cited_text": quote.text,
            "document_index": item.number,
            "document_title": item.passage.title or None,
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
            "document_title": item.passage.title or None,
            "file_id": None,
        }
    return block | {
        "type": "search_result_location",
        "search_result_index": item.number,
        "source": item.source,
        "title": item.passage.title or None,
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
    for index, block in enumerate(message["content"]):
        empty = _text_block("", [] if block["citations"] else None)
        yield _event("content_block_start", index=index, content_block=empty)
        for word in re.findall(r"\s*\S+\s*$|\s*\S+", block["text"]):
            delta = {"type": "text_delta", "text": word}
            yield _event("content_block_delta", index=index, delta=delta)
        for citation in block["citations"] or []:
            delta = {"type": "citations_delta", "citation": citation}
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    yield _event("message_delta", delta=ended, usage={"output_tokens": usage["output_tokens"]})
    yield _event("message_stop")


def _event(name: str, **fields: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()
