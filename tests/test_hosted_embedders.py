"""Hosted embedders: what the vendors' own SDKs send to a server here, and what comes of it."""

import sys
import time
import tomllib
import traceback

import numpy as np
import pytest
from embedding_services import Reply, Services, error, vector
from hypothesis import given
from hypothesis import strategies as st

from helpers.embedding import Embedder, EmbedderError, load_embedder
from helpers.embedding.hosted import RETRIES, most_tokens
from helpers.embedding.vendors import CohereEmbedder, OpenAIEmbedder, VoyageEmbedder
from helpers.redaction import public, redact
from helpers.settings import Settings, SettingsError, get_settings

# Nobody's key. It is put together, so that no search for lost keys takes it for one.
KEY = "-".join(["sk", "planted", "0123456789", "secret"])
MODELS = {"openai": "text-embedding-3-small", "voyage": "voyage-4", "cohere": "embed-v4.0"}
KINDS = {
    "openai": ("", ""),
    "voyage": ("document", "query"),
    "cohere": ("search_document", "search_query"),
}
each_vendor = pytest.mark.parametrize("vendor", list(MODELS))


@pytest.fixture(scope="module")
def server():
    services = Services()
    yield services
    services.close()


@pytest.fixture
def services(server):
    server.reset()
    return server


@pytest.fixture(scope="module")
def limited():
    return CohereEmbedder("embed-v4.0", key=KEY, base_url=None)


@pytest.fixture
def waits(monkeypatch):
    """The seconds that an SDK would have waited between two attempts."""
    seconds: list[float] = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


@pytest.fixture
def load_with(monkeypatch, tmp_path):
    """Load the embedder of a vendor with these settings and a cache of its own."""

    def embedder(vendor: str, model: str | None = None, **variables: str) -> Embedder:
        basic = {"WORKSHOP_OFFLINE": "0", "WORKSHOP_HOME": str(tmp_path)}
        for variable, value in (basic | variables).items():
            monkeypatch.setenv(variable, value)
        get_settings.cache_clear()
        return load_embedder(f"{vendor}:{model or MODELS[vendor]}")

    monkeypatch.setitem(Settings.model_config, "env_file", None)
    yield embedder
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def load(load_with, services, waits):
    """Load the embedder of a vendor, pointed at the server here."""

    def embedder(vendor: str, model: str | None = None, **variables: str) -> Embedder:
        name = vendor.upper()
        here = {f"{name}_API_KEY": KEY, f"{name}_BASE_URL": services.url(vendor)}
        return load_with(vendor, model, **({"NO_PROXY": "127.0.0.1"} | here | variables))

    return embedder


def expected(texts, vendor, kind=0, width=8):
    rows = np.stack([vector(text, MODELS[vendor], KINDS[vendor][kind], width) for text in texts])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def told(call) -> str:
    """The message of the error, once nothing that Python would print has shown the key."""
    with pytest.raises(EmbedderError) as caught:
        call()
    printed = "".join(traceback.format_exception(caught.value))
    assert KEY not in printed
    assert KEY[:12] not in printed
    return str(caught.value)


class TestRequests:
    @each_vendor
    def test_documents(self, load, services, vendor):
        texts = ["How long do refunds take?", "Goat cheese", "Ünïcode – 字"]
        vectors = load(vendor).embed_documents(texts)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
        np.testing.assert_allclose(vectors, expected(texts, vendor), atol=1e-6)
        (request,) = services.seen
        assert request.key == KEY
        assert request.body["model"] == MODELS[vendor]
        assert sorted(request.texts) == sorted(texts)
        assert request.body.get("input_type", "") == KINDS[vendor][0]

    @each_vendor
    def test_a_query_has_a_kind_of_its_own(self, load, services, vendor):
        found = load(vendor).embed_query("refund?")
        assert found.shape == (8,)
        np.testing.assert_allclose(found, expected(["refund?"], vendor, kind=1)[0], atol=1e-6)
        assert services.seen[0].body.get("input_type", "") == KINDS[vendor][1]

    def test_no_text_is_cut_without_a_word(self, load, services):
        load("voyage").embed_query("a")
        load("cohere").embed_query("a")
        assert services.seen[0].body["truncation"] is False
        assert services.seen[1].body["truncate"] == "NONE"

    @each_vendor
    def test_no_texts_send_nothing(self, load, services, vendor):
        assert load(vendor).embed_documents([]).shape[0] == 0
        assert services.seen == []

    def test_a_server_of_ones_own_needs_no_key(self, load, services):
        load("openai", OPENAI_API_KEY="").embed_query("a")
        assert services.seen[0].key == "no-key-needed"

    def test_vectors_may_come_as_plain_numbers(self, load, services):
        def plain(answer):
            for row in answer["data"]:
                row["embedding"] = [0.0, 3.0, 4.0, 0.0]
            return answer

        services.change = plain
        np.testing.assert_allclose(load("openai").embed_query("a"), [0, 0.6, 0.8, 0])


class TestLimits:
    @pytest.mark.parametrize(
        ("vendor", "count", "sizes"),
        [("cohere", 200, [96, 96, 8]), ("voyage", 1001, [1000, 1]), ("openai", 70, [32, 32, 6])],
    )
    def test_texts_a_request(self, load, services, vendor, count, sizes):
        texts = [f"text {number}" for number in range(count)]
        vectors = load(vendor).embed_documents(texts)
        assert [len(request.texts) for request in services.seen] == sizes
        np.testing.assert_allclose(vectors, expected(texts, vendor), atol=1e-6)

    def test_openai_itself_takes_more_texts_than_a_server_of_ones_own(
        self, load, services, monkeypatch
    ):
        monkeypatch.setattr(OpenAIEmbedder, "default_url", services.url("openai"))
        load("openai", "a-model").embed_documents([f"text {number}" for number in range(2049)])
        assert [len(request.texts) for request in services.seen] == [2048, 1]

    @pytest.mark.parametrize("text", ["字" * 9_000, "refund " * 4_000, "\U0001f984" * 7_000])
    @each_vendor
    def test_tokens_a_request(self, load, services, vendor, text):
        texts = [f"{number} {text}" for number in range(24)]  # 650 kB; the server counts bytes
        vectors = load(vendor).embed_documents(texts)
        np.testing.assert_allclose(vectors, expected(texts, vendor), atol=1e-6)
        assert len(services.seen) < 10

    def test_voyage_allows_its_models_different_requests(self):
        tokens = {
            model: VoyageEmbedder(model, key=KEY, base_url=None).tokens_per_request
            for model in ("voyage-4-large", "voyage-4", "voyage-4-lite", "voyage-9")
        }
        assert list(tokens.values()) == [120_000, 320_000, 1_000_000, 120_000]

    def test_a_text_over_the_limit_goes_alone_and_first(self, load, services):
        services.script = [error("cohere", 400, "too many tokens")]
        told(lambda: load("cohere").embed_documents(["short", "x" * 200_000, "other"]))
        assert [len(text) for text in services.seen[0].texts] == [200_000]
        assert len(services.seen) == 1

    @given(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40)),
        st.integers(1, 7),
    )
    def test_portions_lose_nothing_and_keep_both_limits(self, limited, texts, most):
        limited.texts_per_request, limited.tokens_per_request = most, 100
        portions = list(limited.portions(texts))
        assert [text for portion in portions for text in portion] == texts
        for portion in portions:
            assert 1 <= len(portion) <= most
            assert len(portion) == 1 or sum(map(most_tokens, portion)) <= 100

    @pytest.mark.parametrize("empty", ["", " \n"])
    @each_vendor
    def test_an_empty_text_is_refused_before_anything_is_sent(self, load, services, vendor, empty):
        texts = [f"text {number}" for number in range(300)] + [empty]
        message = told(lambda: load(vendor).embed_documents(texts))
        assert message.startswith("text 300 is empty")
        assert services.seen == []

    def test_half_a_character_is_refused(self, load, services):
        message = told(lambda: load("openai").embed_documents(["fine", "half \ud800"]))
        assert message.startswith("text 1 has half a character at position 5")
        assert services.seen == []


class TestRetries:
    @pytest.mark.parametrize("status", [429, 503])
    @each_vendor
    def test_a_passing_trouble_is_waited_out(self, load, services, waits, vendor, status):
        services.script = [error(vendor, status, "slow down"), error(vendor, status, "slow down")]
        found = load(vendor).embed_query("a")
        np.testing.assert_allclose(found, expected(["a"], vendor, kind=1)[0], atol=1e-6)
        assert len(services.seen) == 3
        assert len(waits) == 2
        assert 0 < min(waits) < max(waits) < 5

    @each_vendor
    def test_a_lasting_rate_limit(self, load, services, waits, vendor):
        services.always = error(vendor, 429, f"Too many requests for {KEY}.")
        message = told(lambda: load(vendor).embed_query("a"))
        assert "(429: Too many requests for [key]) takes no more requests for now" in message
        assert "wait a minute" in message
        assert len(services.seen) == RETRIES + 1
        assert 5 < sum(waits) < 40

    @pytest.mark.parametrize("status", [500, 503])
    @each_vendor
    def test_a_lasting_failure(self, load, services, vendor, status):
        services.always = Reply(status, f"<html>broken {KEY}</html>", "text/html")
        message = told(lambda: load(vendor).embed_query("a"))
        assert f"({status}" in message
        assert "failed. What has arrived is in the cache" in message
        # Voyage's SDK does not try again after a 500.
        once = vendor == "voyage" and status == 500
        assert len(services.seen) == (1 if once else RETRIES + 1)


class TestErrors:
    @each_vendor
    def test_a_wrong_key(self, load, services, vendor):
        services.always = error(vendor, 401, f"Incorrect API key provided: {KEY}, {KEY[:14]}***.")
        message = told(lambda: load(vendor).embed_query("a"))
        assert "(401: Incorrect API key provided: [key], [key]) does not accept the key" in message
        assert f"{vendor.upper()}_API_KEY in .env" in message
        assert "'local:all-MiniLM-L6-v2'" in message
        assert len(services.seen) == 1

    @pytest.mark.parametrize("status", [404, 400])  # Voyage says 400
    @each_vendor
    def test_an_unknown_model(self, load, services, vendor, status):
        services.always = error(vendor, status, "model no-such-model is not supported")
        message = told(lambda: load(vendor, "no-such-model").embed_query("a"))
        assert "model 'no-such-model'" in message
        assert repr(MODELS[vendor]) in message
        assert len(services.seen) == 1

    @each_vendor
    def test_a_text_that_is_too_long(self, load, services, vendor):
        words = f"{MODELS[vendor]}: maximum context length is 8192 tokens"
        services.always = error(vendor, 400, words)
        message = told(lambda: load(vendor).embed_documents(["word " * 10_000, "b"]))
        assert "maximum context length is 8192 tokens" in message
        assert "cut it into chunks: the longest here has 50,000 characters" in message

    @each_vendor
    def test_a_wrong_base_url(self, load, services, vendor):
        wrong = services.url("openai") + "/elsewhere"
        message = told(lambda: load(vendor, **{f"{vendor.upper()}_BASE_URL": wrong}).dimension)
        assert f"at {wrong}" in message
        assert f"{vendor.upper()}_BASE_URL" in message

    @each_vendor
    def test_no_network_at_all(self, load, vendor):
        variables = dict.fromkeys(["HTTPS_PROXY", "https_proxy"], "http://127.0.0.1:9")
        variables |= {"no_proxy": "127.0.0.1", f"{vendor.upper()}_BASE_URL": ""}
        message = told(lambda: load(vendor, **variables).embed_query("a"))
        name = {"openai": "OpenAI", "voyage": "Voyage", "cohere": "Cohere"}[vendor]
        assert message.startswith(f"{name} cannot be reached (")
        assert "refused" in message

    @each_vendor
    def test_a_server_that_does_not_run(self, load, vendor):
        nowhere = {f"{vendor.upper()}_BASE_URL": "http://me:password@127.0.0.1:9/v1"}
        message = told(lambda: load(vendor, **nowhere).embed_query("a"))
        assert message.startswith("The server at http://127.0.0.1:9/v1 cannot be reached (")
        assert "refused" in message
        assert "password" not in message
        assert "HTTPS_PROXY" in message

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(200, f"<html>Welcome {KEY}</html>", "text/html"),
            Reply(200, f"not JSON {KEY}"),
            Reply(200, {"hello": KEY}),
            Reply(200, []),
        ],
    )
    @each_vendor
    def test_an_answer_that_is_none(self, load, services, vendor, reply):
        services.always = reply
        message = told(lambda: load(vendor).embed_query("a"))
        assert "answer" in message
        assert f"check {vendor}_base_url" in message.lower()

    @each_vendor
    def test_a_wrong_number_of_vectors(self, load, services, vendor):
        def one_less(answer):
            rows = answer["embeddings"]["float"] if vendor == "cohere" else answer["data"]
            rows.remove(rows[0] if vendor == "cohere" else max(rows, key=lambda r: r["index"]))
            return answer

        services.change = one_less
        message = told(lambda: load(vendor).embed_documents(["a", "b", "c"]))
        assert "answered with 2 vectors for 3 texts" in message

    @each_vendor
    def test_a_wrong_width(self, load, services, vendor):
        embedder = load(vendor)
        embedder.embed_query("learns the width")
        services.width = 5
        message = told(lambda: embedder.embed_documents(["a"]))
        assert "vectors of shape (5,), expected (8,)" in message

    @pytest.mark.parametrize("row", [[0.0] * 8, [float("nan")] * 8, [None] * 8, [[1.0]] * 8, 3.0])
    @each_vendor
    def test_vectors_that_are_none(self, load, services, vendor, row):
        def spoil(answer):
            if vendor == "cohere":
                answer["embeddings"]["float"] = [row]
            else:
                answer["data"][0]["embedding"] = row
            return answer

        services.change = spoil
        assert "answer" in told(lambda: load(vendor).embed_query("a"))

    def test_an_index_that_comes_twice(self, load, services):
        def same(answer):
            answer["data"][1]["index"] = answer["data"][0]["index"]
            return answer

        services.change = same
        message = told(lambda: load("openai").embed_documents(["a", "b"]))
        assert "indexes are not 0, 1, 2" in message

    @pytest.mark.parametrize("secret", ["abc", 'odd"key/with\\signs', KEY])
    def test_a_key_is_redacted_in_every_spelling(self, secret):
        body = f"{secret} {secret!r} {secret[:10]}..."
        assert secret[:8] not in redact(body, secret)

    def test_a_password_in_an_address_is_not_shown(self):
        assert redact("no route to http://me:pass@host", KEY) == "no route to http://host"
        assert public("https://me:pass@host:1/v1/?token=1#x") == "https://host:1/v1"


class TestCache:
    @each_vendor
    def test_a_second_call_sends_nothing(self, load, services, vendor):
        texts = ["a", "b"]
        first = load(vendor).embed_documents(texts), load(vendor).embed_query("a")
        sent = len(services.seen)
        again = load(vendor)  # reads the same file as a new process would
        np.testing.assert_array_equal(again.embed_documents(texts), first[0])
        np.testing.assert_array_equal(again.embed_query("a"), first[1])
        assert again.dimension == 8
        assert len(services.seen) == sent

    @each_vendor
    def test_what_was_paid_for_is_kept_when_a_later_request_fails(self, load, services, vendor):
        texts = [f"{number} " + "word " * 19_000 for number in range(10)]
        services.script = [None, None, error(vendor, 401, "no credit")]
        told(lambda: load(vendor).embed_documents(texts))
        paid = services.seen[0].texts + services.seen[1].texts
        services.seen.clear()
        found = load(vendor).embed_documents(texts)
        asked = [text for request in services.seen for text in request.texts]
        assert sorted(paid + asked) == sorted(texts)
        np.testing.assert_allclose(found, expected(texts, vendor), atol=1e-6)

    def test_models_are_kept_apart(self, load, services):
        one = load("cohere").embed_query("a")
        other = load("cohere", "embed-english-v3.0").embed_query("a")
        assert len(services.seen) == 2
        assert abs(one @ other) < 0.999

    def test_servers_are_kept_apart(self, load, services):
        load("openai").embed_query("a")
        second = Services()
        second.width = 5
        try:
            found = load("openai", OPENAI_BASE_URL=second.url("openai")).embed_query("a")
        finally:
            second.close()
        assert found.shape == (5,)
        assert len(services.seen) == len(second.seen) == 1

    def test_the_same_server_written_otherwise_is_the_same(self, load, services):
        load("openai").embed_query("a")
        load("openai", OPENAI_BASE_URL=services.url("openai") + "/").embed_query("a")
        assert len(services.seen) == 1

    def test_another_model_under_the_same_name_is_noticed(self, load, services):
        load("openai", "my-model").embed_documents(["a"])
        services.width = 5
        message = told(lambda: load("openai", "my-model").embed_documents(["a", "b"]))
        assert "expected (8,)" in message
        assert "delete the cache" in message

    def test_no_key_reaches_the_file(self, load, tmp_path):
        load("voyage").embed_documents(["a"])
        assert KEY.encode() not in (tmp_path / "embeddings.sqlite").read_bytes()


class TestDimension:
    @each_vendor
    def test_of_a_known_model_it_is_known(self, load, services, vendor):
        embedder = load(vendor, **{f"{vendor.upper()}_BASE_URL": ""})
        assert embedder.dimension == {"openai": 1536, "voyage": 1024, "cohere": 1536}[vendor]
        assert embedder.name == f"{vendor}:{MODELS[vendor]}"
        assert services.seen == []

    @each_vendor
    def test_of_another_it_is_learned(self, load, services, vendor):
        services.width = 12
        embedder = load(vendor, "model-of-tomorrow")
        assert services.seen == []
        assert embedder.dimension == 12
        assert embedder.embed_documents(["a"]).shape == (1, 12)
        assert len(services.seen) == 2

    def test_a_server_of_ones_own_may_use_a_vendors_name_for_its_model(self, load, services):
        assert load("openai").dimension == 8


class TestRefusals:
    @each_vendor
    def test_a_missing_key(self, load, services, vendor):
        name = vendor.upper()
        message = told(lambda: load(vendor, **{f"{name}_API_KEY": "", f"{name}_BASE_URL": ""}))
        assert f"'{vendor}:{MODELS[vendor]}' needs {name}_API_KEY, which is not set" in message
        assert ".env.example" in message
        assert "'local:all-MiniLM-L6-v2'" in message

    @each_vendor
    def test_offline_wins_over_keys_and_servers(self, load, services, vendor):
        message = told(lambda: load(vendor, WORKSHOP_OFFLINE="1"))
        assert "WORKSHOP_OFFLINE=1 keeps everything on this machine. Unset it" in message
        assert services.seen == []

    @each_vendor
    def test_a_missing_package(self, load, monkeypatch, vendor):
        package, source = {
            "openai": ("openai", "."),
            "voyage": ("voyageai", ".[voyage]"),
            "cohere": ("cohere", ".[cohere]"),
        }[vendor]
        for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, package, None)
        message = told(lambda: load(vendor))
        assert "needs a package that cannot be imported" in message
        assert f'{sys.executable} -m pip install -e "{source}"`' in message

    @pytest.mark.parametrize("key", ["two words", "sk-ünicode", "line\nbreak"])
    def test_a_key_that_can_be_none(self, load, services, key):
        with pytest.raises(SettingsError, match=r"VOYAGE_API_KEY: character . is") as caught:
            load("voyage", VOYAGE_API_KEY=key)
        assert key not in str(caught.value)

    def test_a_line_break_after_the_key_does_not_matter(self, load, services):
        load("openai", OPENAI_API_KEY=f" {KEY}\n").embed_query("a")
        assert services.seen[0].key == KEY

    @pytest.mark.parametrize("name", ["x", "voyage", "openai:", "azure:model", "local:nope", ":"])
    def test_an_unknown_scheme(self, name):
        with pytest.raises(ValueError, match=rf"^unknown embedder '{name}'; known: 'local:all-Min"):
            load_embedder(name)

    def test_a_model_that_voyages_package_would_run_here(self, load):
        assert "is no hosted model" in told(lambda: load("voyage", "voyage-4-nano"))

    def test_keys_are_not_shown_by_settings_or_embedder(self, load):
        embedder = load("voyage", COHERE_API_KEY=KEY)
        assert KEY not in repr(get_settings()) + repr(embedder) + repr(vars(embedder))


@pytest.mark.parametrize("vendor", ["voyage", "cohere"])
def test_the_tests_run_with_the_packages_of_the_extras(root, vendor):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"][vendor]
    assert all(package in project["dependency-groups"]["dev"] for package in extra)


@each_vendor
def test_the_real_service(live_settings, load_with, vendor):
    settings = live_settings(vendor.upper())
    embedder = load_with(vendor, **settings)
    documents = embedder.embed_documents(["Refunds take five days.", "Goats give milk."])
    query = embedder.embed_query("When do I get my money back?")
    assert documents.shape == (2, embedder.dimension)
    np.testing.assert_allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-5)
    assert query @ documents[0] > query @ documents[1]
    unknown = load_with(vendor, "no-such-model", **settings)
    assert "'no-such-model'" in told(lambda: unknown.embed_query("a"))
