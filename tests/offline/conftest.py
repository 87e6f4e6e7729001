"""The provider, and the vendor's SDK as its client: in this process and over loopback."""

import anthropic
import httpx2
import pytest
from facts import FACTS


@pytest.fixture(params=["mounted", "loopback"])
def client(request, app):
    if request.param == "mounted":
        http = anthropic.DefaultHttpxClient(transport=httpx2.WSGITransport(app=app))
        return anthropic.Anthropic(
            api_key="x", base_url="http://offline.invalid", http_client=http, max_retries=0
        )
    address = request.getfixturevalue("address")
    return anthropic.Anthropic(api_key="x", base_url=address, max_retries=0)


@pytest.fixture
def results():
    """The three facts as blocks that can be cited, each with further fields."""

    def blocks(*, enabled=True, **more):
        return [
            {
                "type": "search_result",
                "source": f"fact-{number}",
                "title": "Facts",
                "content": [{"type": "text", "text": fact}],
                "citations": {"enabled": enabled},
            }
            | more
            for number, fact in enumerate(FACTS)
        ]

    return blocks
