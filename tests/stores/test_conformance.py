"""What every store must do, asked of each: the same questions, the same answers.

Memory, Qdrant in this process and PostgreSQL run for real. `qdrant-server`, `weaviate` and
`pinecone` are the vendors' own clients against servers on loopback that speak the calls used.
"""

import json
import subprocess
import sys
import threading
from enum import IntEnum

import numpy as np
import pytest
from engines import CONNECTED, DIMENSION, SHARED, Engine, brute_force, fresh_name, unit
from waiting import PATIENCE

from helpers.stores import Match, StoreError

ODD = [
    "'; DROP TABLE handbook; --",
    '" OR ""="',
    "a.b[0].c",
    "a[]",
    "$where",
    "%s %(k)s {table} {}",
    "$1",
    "\\' \\\\ \n\t",
    "Übergröße – 字 🧀 \u202e",
    "key",
    "id",
    "t_area",
    "x_6162",
    "'x'::jsonb || payload",
    "../../etc/passwd",
    "#%2F?&=",
]

shared = pytest.mark.parametrize("engine", SHARED, indirect=True)
connected = pytest.mark.parametrize("engine", CONNECTED, indirect=True)


class Colour(IntEnum):
    RED = 1


def axis(number: int) -> np.ndarray:
    """The unit vector along one axis."""
    return np.eye(DIMENSION, dtype=np.float32)[number]


def ids(matches: list[Match]) -> list[str]:
    return [match.id for match in matches]


def scores(matches: list[Match]) -> list[float]:
    return [match.score for match in matches]


@pytest.fixture
def store(engine):
    return engine.open()


@pytest.fixture
def filled(store):
    """Five rows along five axes, with payloads."""
    payloads = [
        {"area": "Billing", "year": 2024, "price": 9.5, "old": True},
        {"area": "API", "year": 2025, "price": 10, "old": False},
        {"area": "Billing", "year": 2026, "price": 10.5, "old": False},
        {"area": "Account", "year": 2026},
        {},
    ]
    store.add(list("abcde"), np.eye(5, DIMENSION, dtype=np.float32), payloads)
    return store


QUERY = np.array([5, 4, 3, 2, 1, 0, 0, 0], dtype=np.float32)  # nearest to a, then b, and so on


class TestSearch:
    def test_best_first_with_cosines_and_payloads(self, filled):
        found = filled.search(QUERY, 5)
        assert ids(found) == list("abcde")
        length = np.sqrt(25 + 16 + 9 + 4 + 1)
        expected = [number / length for number in (5, 4, 3, 2, 1)]
        np.testing.assert_allclose(scores(found), expected, atol=2e-6)
        assert found[0].payload == {"area": "Billing", "year": 2024, "price": 9.5, "old": True}
        assert found[4].payload == {}
        assert found[1].payload["old"] is False

    @pytest.mark.parametrize("k", [1, 3])
    def test_no_more_than_k(self, filled, k):
        assert ids(filled.search(QUERY, k)) == list("abcde")[:k]

    def test_k_over_n(self, filled):
        assert ids(filled.search(QUERY, 50)) == list("abcde")

    def test_k_of_zero(self, filled):
        assert filled.search(QUERY, 0) == []

    def test_an_empty_store(self, store):
        assert store.search(QUERY, 3) == []
        assert store.search_many([QUERY, QUERY], 3) == [[], []]
        assert store.search(QUERY, 3, {"area": "API"}) == []
        assert store.count() == 0
        assert store.delete(["a"]) == 0

    def test_equal_scores_come_in_order_of_id(self, store):
        names = ["b", "a", "é", "B", "10", "9", "字"]
        store.add(names, [axis(0)] * 7)
        assert ids(store.search(axis(0), 7)) == sorted(names)

    def test_many_queries_are_as_many_single_ones(self, filled):
        queries = unit(5, seed=3)
        for query, found in zip(queries, filled.search_many(queries, 3), strict=True):
            alone = filled.search(query, 3)
            assert ids(found) == ids(alone)
            np.testing.assert_allclose(scores(found), scores(alone), atol=2e-6)
        assert filled.search_many(np.empty((0, DIMENSION)), 3) == []

    def test_vectors_are_scaled_to_unit_length(self, store):
        store.add(["a"], [axis(0) * 7])
        assert store.search(axis(0) * 0.1, 1)[0].score == pytest.approx(1)

    def test_opposite_vectors(self, store):
        store.add(["a", "b"], [axis(0), -axis(0)])
        assert scores(store.search(axis(0), 2)) == [1, -1]

    def test_equal_to_brute_force(self, engine):
        store = engine.open()
        vectors, names = unit(400, seed=1), [f"row {number}" for number in range(400)]
        parity = [{"parity": number % 2} for number in range(400)]
        store.add(names, vectors, parity)
        for query in unit(5, seed=2):
            for where, every in ((None, slice(None)), ({"parity": 1}, slice(1, None, 2))):
                found = store.search(query, 10, where)
                expected = brute_force(names[every], vectors[every], query, 10)
                assert ids(found) == [name for name, _ in expected]
                cosines = [cosine for _, cosine in expected]
                np.testing.assert_allclose(scores(found), cosines, atol=2e-6)


class TestWriting:
    def test_a_known_id_is_replaced_payload_and_all(self, filled):
        filled.add(["c"], [axis(6)], [{"area": "New"}])
        assert filled.count() == 5
        (match,) = filled.search(axis(6), 1)
        assert (match.id, match.payload) == ("c", {"area": "New"})
        assert filled.count({"year": {"gte": 0}}) == 3

    def test_of_an_id_given_twice_the_last_counts(self, store):
        store.add(["a", "b", "a"], [axis(0), axis(1), axis(2)], [{"n": 1}, {"n": 2}, {"n": 3}])
        assert store.count() == 2
        assert store.search(axis(2), 1) == [Match("a", 1.0, {"n": 3})]

    def test_nothing_to_add(self, store):
        store.add([], np.empty((0, DIMENSION), dtype=np.float32))
        store.add([], [])
        assert store.count() == 0

    def test_ids_are_texts_of_any_kind(self, store):
        store.add(ODD, unit(len(ODD)))
        assert sorted(ids(store.search(QUERY, 50))) == sorted(ODD)
        assert store.delete(ODD[:2]) == 2
        assert store.count() == len(ODD) - 2

    def test_the_longest_id(self, engine):
        store = engine.open()
        store.add(["x" * 512], [axis(0)])
        assert ids(store.search(axis(0), 1)) == ["x" * 512]
        with pytest.raises(StoreError, match="512"):
            store.add(["é" * 257], [axis(0)])

    def test_values_come_back_equal_and_of_their_kind(self, store):
        payload = {
            "text": "Grüße 字 🧀\n\t\"'\\",
            "empty": "",
            "yes": True,
            "no": False,
            "zero": 0,
            "whole": 2**53,
            "low": -(2**53),
            "float": 0.1,
            "tiny": 5e-324,
            "great": 1.5e300,
        }
        store.add(["a"], [axis(0)], [payload])
        found = store.search(axis(0), 1)[0].payload
        assert found == payload
        for name in ("yes", "no"):
            assert isinstance(found[name], bool)
        assert not isinstance(found["zero"], bool)

    def test_subclasses_of_plain_values(self, store):
        payload = {np.str_("text"): np.str_("a"), "float": np.float64(0.5), "colour": Colour.RED}
        store.add([np.str_("a")], [axis(0)], [payload])
        where = {"float": {"gte": np.float64(0.5)}, "colour": Colour.RED, "text": np.str_("a")}
        assert store.search(axis(0), 1, where) == [
            Match("a", 1.0, {"text": "a", "float": 0.5, "colour": 1})
        ]

    def test_what_is_found_is_the_callers_own(self, filled):
        filled.search(QUERY, 1)[0].payload["area"] = "changed"
        given = {"area": "mine"}
        filled.add(["z"], [axis(7)], [given])
        given["area"] = "changed"
        assert filled.search(QUERY, 1)[0].payload["area"] == "Billing"
        assert filled.search(axis(7), 1)[0].payload["area"] == "mine"

    def test_delete(self, filled):
        assert filled.delete(["b", "unknown", "b"]) == 1
        assert filled.delete(["b"]) == 0
        assert filled.delete([]) == 0
        assert filled.count() == 4
        assert ids(filled.search(QUERY, 5)) == list("acde")
        assert filled.delete(list("acde")) == 4
        assert filled.search(QUERY, 5) == []
        filled.add(["b"], [axis(1)])
        assert ids(filled.search(QUERY, 5)) == ["b"]

    def test_one_wrong_row_and_none_is_added(self, store):
        wrong = unit(3)
        wrong[2] = np.nan
        with pytest.raises(StoreError, match="row 2"):
            store.add(["a", "b", "c"], wrong)
        with pytest.raises(StoreError, match="list"):
            store.add(["a", "b"], unit(2), [{}, {"list": [1]}])
        assert store.count() == 0


@pytest.fixture(scope="class")
def kept():
    """Stores by address, for tests that only read."""
    stores = {}
    yield stores
    for store in stores.values():
        store.close()


class TestFilters:
    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ({}, "abcde"),
            ({"area": "Billing"}, "ac"),
            ({"area": "billing"}, ""),
            ({"area": "Bill"}, ""),
            ({"year": 2026}, "cd"),
            ({"year": 2026.0}, "cd"),
            ({"price": 10}, "b"),
            ({"price": 10.5}, "c"),
            ({"old": True}, "a"),
            ({"old": False}, "bc"),
            ({"area": {"in": ["API", "Account", "Nobody"]}}, "bd"),
            ({"year": {"in": [2024, 2025.0]}}, "ab"),
            ({"old": {"in": [True, False]}}, "abc"),
            ({"area": {"in": []}}, ""),
            ({"area": {"in": ("API", 2025, True)}}, "b"),
            ({"year": {"gt": 2025}}, "cd"),
            ({"year": {"gte": 2025}}, "bcd"),
            ({"year": {"lt": 2025}}, "a"),
            ({"year": {"lte": 2025}}, "ab"),
            ({"year": {"gte": 2025, "lt": 2026}}, "b"),
            ({"year": {"gt": 2026}}, ""),
            ({"price": {"gt": 9.5, "lte": 10.5}}, "bc"),
            ({"area": "Billing", "year": {"gte": 2025}}, "c"),
            ({"area": {"in": ["Billing", "API"]}, "old": False, "price": {"lt": 10.25}}, "b"),
            ({"missing": "x"}, ""),
            ({"missing": {"gt": 0}}, ""),
            ({"missing": {"in": ["x", 1]}}, ""),
        ],
    )
    def test_conditions(self, engine, shared_rows, where, expected):
        assert "".join(ids(shared_rows.search(QUERY, 10, where))) == expected
        assert shared_rows.count(where) == len(expected)

    @pytest.fixture
    def shared_rows(self, engine, kept):
        """The five rows once for each engine: no test of conditions changes them."""
        if engine.address not in kept:
            store = engine.open()
            engine.opened.remove(store)
            payloads = [
                {"area": "Billing", "year": 2024, "price": 9.5, "old": True},
                {"area": "API", "year": 2025, "price": 10, "old": False},
                {"area": "Billing", "year": 2026, "price": 10.5, "old": False},
                {"area": "Account", "year": 2026},
                {},
            ]
            store.add(list("abcde"), np.eye(5, DIMENSION, dtype=np.float32), payloads)
            kept[engine.address] = store
        return kept[engine.address]

    def test_a_filter_leaves_k_of_what_matches(self, store):
        """Also where the nearest do not match, and few do."""
        names = [f"{number:03}" for number in range(200)]
        store.add(names, unit(200), [{"n": number} for number in range(200)])
        assert len(store.search(QUERY, 10, {"n": {"lt": 20}})) == 10
        assert len(store.search(QUERY, 10, {"n": {"gte": 5}})) == 10
        assert ids(store.search(QUERY, 10, {"n": 7})) == ["007"]

    def test_one_kind_of_value_is_not_another(self, store):
        payloads = [{"v": 1}, {"v": True}, {"v": "1"}, {"v": "True"}, {"v": 0}, {"v": False}]
        store.add(list("abcdef"), unit(6), payloads)
        kinds = [(1, "a"), (True, "b"), ("1", "c"), ("True", "d"), (0, "e"), (False, "f")]
        for value, expected in kinds:
            assert ids(store.search(QUERY, 6, {"v": value})) == [expected]
            assert ids(store.search(QUERY, 6, {"v": {"in": [value]}})) == [expected]
        assert sorted(ids(store.search(QUERY, 6, {"v": {"gte": 0}}))) == ["a", "e"]

    def test_injection_in_values(self, store):
        store.add(ODD, unit(len(ODD)), [{"v": text} for text in ODD])
        for text in ODD:
            assert ids(store.search(QUERY, 50, {"v": text})) == [text]
            assert ids(store.search(QUERY, 50, {"v": {"in": [text]}})) == [text]
        assert store.count() == len(ODD)

    def test_injection_in_names(self, store):
        store.add(ODD, unit(len(ODD)), [{name: "yes"} for name in ODD])
        for name in ODD:
            (match,) = store.search(QUERY, 50, {name: "yes"})
            assert (match.id, match.payload) == (name, {name: "yes"})
            assert store.count({name: {"gte": 0}}) == 0
        assert store.count() == len(ODD)

    def test_a_name_with_a_dot_is_no_path(self, store):
        store.add(["a"], [axis(0)], [{"a.b": 1, "c": 2}])
        assert store.count({"a.b": 1}) == 1
        assert store.count({"a": 1}) == 0


class TestWrongInput:
    @pytest.mark.parametrize(
        ("vectors", "says"),
        [
            (np.ones((2, DIMENSION + 1)), r"\(2, 9\); expected \(n, 8\)"),
            (np.ones(DIMENSION), r"\(8,\)"),
            (np.ones((1, 2, DIMENSION)), r"\(1, 2, 8\)"),
            (np.full((2, DIMENSION), np.nan), "row 0 .* length nan"),
            (np.full((2, DIMENSION), np.inf), "row 0 .* length inf"),
            (np.zeros((2, DIMENSION)), "row 0 .* no direction"),
            ([["a"] * DIMENSION] * 2, "no array of numbers"),
            ([[1.0], [1.0, 2.0]], "no array of numbers"),
        ],
    )
    def test_vectors(self, store, vectors, says):
        with pytest.raises(StoreError, match=says):
            store.add(["a", "b"], vectors)
        with pytest.raises(StoreError, match=says):
            store.search_many(vectors, 1)
        assert store.count() == 0

    @pytest.mark.parametrize(
        "query", [np.empty(0), np.ones(3), np.full(DIMENSION, np.nan), np.ones((1, DIMENSION)), 1.0]
    )
    def test_queries(self, store, query):
        with pytest.raises(StoreError):
            store.search(query, 1)

    @pytest.mark.parametrize("k", [-1, 1.5, "3", None, True])
    def test_k(self, store, k):
        with pytest.raises(StoreError, match="k is"):
            store.search(QUERY, k)

    @pytest.mark.parametrize("name", ["", None, 3, "a\0b", "\ud800", "x" * 513, b"a"])
    def test_ids(self, store, name):
        with pytest.raises(StoreError):
            store.add([name], [axis(0)])
        with pytest.raises(StoreError):
            store.delete([name])
        with pytest.raises(StoreError, match="list of ids"):
            store.delete("abc")

    @pytest.mark.parametrize(
        "payload",
        [
            {"a": None},
            {"a": [1]},
            {"a": {"b": 1}},
            {"a": b"x"},
            {"a": np.int64(1)},
            {"a": float("nan")},
            {"a": float("inf")},
            {"a": 2**53 + 1},
            {"a": "x\0y"},
            {"a": "\ud800"},
            {"": 1},
            {3: 1},
            {"a\0": 1},
            {"x" * 101: 1},
            "text",
            None,
        ],
    )
    def test_payloads(self, store, payload):
        with pytest.raises(StoreError):
            store.add(["a"], [axis(0)], [payload])
        assert store.count() == 0

    def test_lengths(self, store):
        with pytest.raises(StoreError, match="2 ids, 1 vectors"):
            store.add(["a", "b"], [axis(0)])
        with pytest.raises(StoreError, match="2 payloads"):
            store.add(["a"], [axis(0)], [{}, {}])

    @pytest.mark.parametrize(
        ("where", "says"),
        [
            ({"a": {"near": 1}}, "unknown operator 'near'"),
            ({"a": {}}, "no operator"),
            ({"a": {"gt": "x"}}, "compares numbers"),
            ({"a": {"gt": True}}, "compares numbers"),
            ({"a": {"gt": float("nan")}}, "nan"),
            ({"a": {"in": "abc"}}, "list of values"),
            ({"a": {"in": 3}}, "list of values"),
            ({"a": {"in": [None]}}, "None"),
            ({"a": None}, "None"),
            ({"a": [1]}, "list"),
            ({"": 1}, "no name"),
            ("area", "write it as"),
            ([("a", 1)], "write it as"),
        ],
    )
    def test_conditions(self, store, where, says):
        with pytest.raises(StoreError, match=says):
            store.search(QUERY, 1, where)
        with pytest.raises(StoreError, match=says):
            store.count(where)

    @pytest.mark.parametrize(
        "name",
        ["", "Big", "1a", "a-b", "a b", 'a";DROP TABLE b;--', "a.b", "../a", "x" * 49, "ü", "a\0"],
    )
    def test_names_of_collections(self, engine, name):
        with pytest.raises(StoreError, match="cannot name a collection"):
            engine.open(name)

    @pytest.mark.parametrize("dimension", [0, -1, 2.0, "8", None, True])
    def test_dimensions(self, engine, dimension):
        with pytest.raises(StoreError, match="dimension is"):
            engine.open(dimension=dimension)


class TestStores:
    @shared
    def test_a_collection_of_another_dimension(self, engine):
        name = fresh_name()
        engine.open(name).add(["a"], [axis(0)])
        with pytest.raises(StoreError, match=r"8|9"):
            engine.open(name, dimension=DIMENSION + 1)

    def test_collections_are_apart(self, engine):
        first, second = engine.open(), engine.open()
        first.add(["a"], [axis(0)], [{"n": 1}])
        assert second.count() == 0
        second.add(["a"], [axis(1)])
        assert first.search(axis(0), 1) == [Match("a", 1.0, {"n": 1})]

    def test_close(self, engine):
        with engine.open() as store:
            store.add(["a"], [axis(0)])
        store.close()
        for use in (
            lambda: store.add(["a"], [axis(0)]),
            lambda: store.add([], []),
            lambda: store.search(axis(0), 1),
            lambda: store.search(axis(0), 0),
            lambda: store.delete(["a"]),
            store.count,
        ):
            with pytest.raises(StoreError, match="closed; open it again"):
                use()

    def test_what_a_store_says_of_itself(self, engine):
        store = engine.open("named")
        assert store.dimension == DIMENSION
        assert store.url.startswith(engine.address.split(":")[0])
        assert store.url.endswith("collection=named")
        assert store.url in repr(store)

    @shared
    def test_a_second_store_sees_the_same(self, engine):
        name = fresh_name()
        first, second = engine.open(name), engine.open(name)
        first.add(["a"], [axis(0)], [{"n": 1, "new": "field"}])
        assert second.search(axis(0), 1, {"new": "field"})[0].payload == {"n": 1, "new": "field"}
        assert second.delete(["a"]) == 1
        assert first.count() == 0
        first.close()
        second.add(["b"], [axis(1)])
        assert second.count() == 1

    def test_two_writers(self, engine):
        name = fresh_name()
        stores = [engine.open(name)]
        stores.append(engine.open(name) if engine.shared else stores[0])
        errors = []

        def write(store, writer):
            try:
                for round_ in range(8):
                    names = [f"{number}" for number in range(round_ * 5, round_ * 5 + 10)]
                    rows = unit(10, seed=round_)
                    order = slice(None, None, 1 if writer else -1)
                    payloads = [{"writer": writer, "field_of": f"writer {writer}"}] * 10
                    store.add(names[order], rows[order], payloads)
                    store.search(QUERY, 3)
                    store.delete([f"gone {writer}", names[0]])
            except Exception as error:
                errors.append(error)

        threads = [
            threading.Thread(target=write, args=(store, writer))
            for writer, store in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert errors == []
        written = {str(number) for number in range(45)}
        deleted = {str(round_ * 5) for round_ in range(8)}
        left = {match.id for match in stores[0].search(QUERY, 100)}
        assert written - deleted <= left <= written
        assert stores[1].count() == len(left)

    def test_rows_in_another_process(self, engine):
        name = fresh_name()
        here = None if engine.exclusive else engine.open(name)
        if here:
            here.add(["here"], [axis(0)], [{"place": "here"}])
        else:
            with engine.open(name) as store:
                store.add(["here"], [axis(0)], [{"place": "here"}])
        there = in_another_process(engine, name)
        again = here or engine.open(name)
        if engine.lasting:
            assert there == {"found": ["here"], "place": "here"}
            assert ids(again.search(axis(1), 5)) == ["there", "here"]
        else:
            assert there == {"found": [], "place": None}
            assert again.count() == (1 if here else 0)

    @connected
    def test_a_dropped_connection(self, engine):
        store = engine.open()
        store.add(["a"], [axis(0)])
        for use, expected in (
            (lambda: ids(store.search(axis(0), 1)), ["a"]),
            (store.count, 1),
            (lambda: store.add(["b"], [axis(1)]), None),
            (store.count, 2),
        ):
            engine.drop(store)
            assert use() == expected

    def test_many_rows(self, engine):
        """As many as an engine takes in some seconds; memory takes 100,000."""
        count = engine.most
        store = engine.open()
        vectors = unit(count, seed=5)
        names = [f"row {number}" for number in range(count)]
        store.add(names, vectors, [{"n": number} for number in range(count)])
        assert store.count() == count
        query = unit(1, seed=6)[0]
        expected = [name for name, _ in brute_force(names, vectors, query, 10)]
        assert ids(store.search(query, 10)) == expected
        assert store.count({"n": {"lt": 100}}) == 100
        expected = [name for name, _ in brute_force(names[:100], vectors[:100], query, 10)]
        assert ids(store.search(query, 10, {"n": {"lt": 100}})) == expected


SCRIPT = """
import json, sys
import numpy as np
from helpers.stores import open_store
url, dimension = sys.argv[1], int(sys.argv[2])
with open_store(url, dimension=dimension) as store:
    found = store.search(np.eye(dimension)[0], 5)
    store.add(["there"], [np.eye(dimension)[1]])
place = found[0].payload["place"] if found else None
print(json.dumps({"found": [match.id for match in found], "place": place}))
"""


def in_another_process(engine: Engine, name: str) -> dict:
    command = [sys.executable, "-c", SCRIPT, engine.url(name), str(DIMENSION)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
