"""Three facts to ask about, and how to ask."""

FACTS = [
    "Refunds take 5 business days.",
    "Enterprise has SSO and a 99.9 % SLA.",
    "Pro is limited to 100 API requests a minute.",
]
PLAIN = "Facts:\n" + "\n".join(FACTS) + "\n\nQuestion: {}"
LIMIT = "What is the rate limit on Pro?"


def user(content):
    return [{"role": "user", "content": content}]


def ask(client, content, **more):
    """A message of the user's, answered in at most 100 tokens."""
    arguments = {"model": "claude-sonnet-4-6", "max_tokens": 100, "messages": user(content)}
    return client.messages.create(**(arguments | more))


def document(text, **more):
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return {"type": "document", "source": source, "citations": {"enabled": True}} | more


def question(text):
    return {"type": "text", "text": text}
