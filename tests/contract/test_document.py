"""Finding, loading and resolving the document, and what is said of one that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mconn_contracts.contract import document as module
from mconn_contracts.contract.document import Document, escape, find, load
from mconn_contracts.contract.yaml_texts import MAX_DOCUMENT_BYTES
from mconn_contracts.errors import DocumentError
from mconn_contracts.model.finding import Severity
from mconn_contracts.wire.decoding import walk

REPOSITORY = Path(__file__).parents[2] / "spec" / "openapi.yaml"
DOCUMENT = load()
HEAD = "openapi: 3.1.0\ninfo: {title: A, version: '7'}\n"


def loaded(folder: Path, text: str) -> Document:
    """The document of that text."""
    path = folder / "a.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


# Where it is.


def test_the_document_that_ships_is_that_of_the_repository() -> None:
    """In a wheel and in an editable install alike, what is found is what was written."""
    assert REPOSITORY.read_bytes() == find().read_bytes()


@pytest.mark.parametrize("packaged", [True, False])
def test_what_is_in_the_package_goes_before_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: bool
) -> None:
    """A wheel holds the document; an editable install has none in its package, and falls back to `spec/` beside it."""
    package = tmp_path / "contracts" / "mconn_contracts"
    for folder in [tmp_path, package] if packaged else [tmp_path]:
        (folder / "spec").mkdir(parents=True)
        (folder / "spec" / "openapi.yaml").write_text(HEAD, encoding="utf-8")
    monkeypatch.setattr(module, "__file__", str(package / "contract" / "document.py"))
    monkeypatch.setattr("importlib.resources.files", lambda _: package)

    assert (package if packaged else tmp_path) / "spec" / "openapi.yaml" == find()


def test_a_package_without_its_document_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is wrong use with a way out, not a traceback."""
    monkeypatch.setattr(module, "__file__", str(tmp_path / "a" / "b" / "document.py"))
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)

    with pytest.raises(DocumentError, match="reinstall mconn-contracts"):
        find()


# What it holds.


def test_operations_are_as_declared() -> None:
    """Each operation has its method, its path, and the schemas of its answers by status."""
    assert [
        ("listEvents", "GET", ["200", "400", "401", "403", "429", "500"]),
        ("getLatestEvents", "GET", ["200", "400", "401", "403", "404", "429", "500"]),
        ("getEvent", "GET", ["200", "400", "401", "403", "404", "429", "500"]),
    ] == [(each.id, each.method, sorted(each.schemas)) for each in DOCUMENT.operations]


@pytest.mark.parametrize(
    "status, declared", [(200, "200"), (404, "404"), (418, "4XX"), (503, "5XX"), (302, "default"), (201, "default")]
)
def test_a_status_has_the_schema_of_itself_its_range_or_the_default(status: int, declared: str) -> None:
    """The nearest declaration counts (OpenAPI 3.1, Responses Object)."""
    operation = replace(DOCUMENT.operations[0], schemas={each: f"#{each}" for each in ("200", "404", "4XX", "5XX", "default")})

    assert f"#{declared}" == operation.schema_of(status)
    assert None is replace(operation, schemas={"200": "#200"}).schema_of(404)


def test_a_pointer_of_the_model_leads_to_what_it_names() -> None:
    """Every pointer that operations, parameters and statements carry is one into the document."""
    for operation in DOCUMENT.operations:
        assert operation.id == DOCUMENT.at(operation.pointer)["operationId"]
        for parameter in operation.parameters:
            assert (parameter.name, parameter.location) == (
                DOCUMENT.at(parameter.pointer)["name"],
                DOCUMENT.at(parameter.pointer)["in"],
            )
        for schema in operation.schemas.values():
            assert "type" in DOCUMENT.at(schema)
    for statement in DOCUMENT.statements:
        assert statement.code == DOCUMENT.at(statement.pointer)["code"]


def test_parameters_of_a_path_and_of_its_operation_are_joined() -> None:
    """An operation has the parameters of its path before its own, those behind a `$ref` too."""
    names = [(each.name, each.location, each.required) for each in DOCUMENT.operation("listEvents").parameters]

    assert [("account_id", "path", True), ("connector_id", "path", True)] == names[:2]
    assert {("from", "query", True), ("to", "query", True), ("limit", "query", False), ("cursor", "query", False)} < set(names)
    assert DOCUMENT.operation("listEvents").parameter("from").name == "from"
    with pytest.raises(KeyError):
        DOCUMENT.operation("listEvents").parameter("nothing")


def test_a_statement_is_read_as_written() -> None:
    """Lines of a statement are joined, and its severity is one of the model."""
    statement = DOCUMENT.statement("MC301")

    assert ("count-mismatch", Severity.ERROR, "derived", "response", ("MC409",)) == (
        statement.name,
        statement.severity,
        statement.basis,
        statement.needs,
        statement.explains,
    )
    assert "\n" not in statement.statement + statement.why
    with pytest.raises(KeyError):
        DOCUMENT.statement("MC999")


def test_the_version_and_the_kinds_are_those_of_the_document(tmp_path: Path) -> None:
    """`info.version` is the contract's, and the union's mapping names the kinds, in order."""
    assert (16, "Init", "ConfigureCloudflaredTunnel") == (len(DOCUMENT.kinds), DOCUMENT.kinds[0], DOCUMENT.kinds[-1])
    assert "7" == loaded(tmp_path, HEAD + "paths: {}\n").version


def test_yaml_is_read_as_json_has_it(tmp_path: Path) -> None:
    """JSON is YAML too; a date is its text, and quoted numbers stay strings."""
    assert {} == loaded(tmp_path, '{"openapi": "3.1.0", "paths": {}, "x": {}}').raw["x"]
    assert ["2026-03-26", "5", 5] == loaded(tmp_path, HEAD + "paths: {}\nx: [2026-03-26, '5', 5]\n").raw["x"]


# Pointers and references.


@given(st.recursive(st.none(), lambda each: st.dictionaries(st.text(), each, max_size=3) | st.lists(each, max_size=3)))
def test_every_value_is_at_its_pointer(value: Any) -> None:
    """Pointers with escapes (RFC 6901, 4) lead to each value of a document, whatever its names are."""
    document = Document({"paths": {}, "x": value}, "a.yaml")

    for pointer, each in walk(value, "/x"):
        assert document.at(pointer) is each


@pytest.mark.parametrize("name, token", [("a/b", "a~1b"), ("m~n", "m~0n"), ("~1", "~01"), ("/~", "~1~0"), ("", "")])
def test_a_name_is_escaped_in_a_pointer(name: str, token: str) -> None:
    """Tilde and slash are written as RFC 6901 says; `~01` is the name `~1`."""
    assert token == escape(name)
    assert 5 == Document({"paths": {}, name: 5}, "a.yaml").at(f"/{token}")


@pytest.mark.parametrize("pointer", ["/nothing", "/x/-1", "/x/01", "/x/2", "/x/ 1", "/x/-", "/x/1/0", "x", "/x/one"])
def test_a_pointer_to_nothing_is_an_error(pointer: str) -> None:
    """An index is plain digits within the array (RFC 6901, 4); what leads nowhere is named."""
    with pytest.raises(DocumentError, match=pointer):
        Document({"paths": {}, "x": ["a", "b"]}, "a.yaml").at(pointer)


def test_a_reference_is_followed_to_its_end() -> None:
    """`resolve` goes through every `$ref`, percent-encoded or not, and says where it came to."""
    raw = {"paths": {}, "a": {"$ref": "#/b"}, "b": {"$ref": "#/c/%7Bid%7D~1x"}, "c": {"{id}/x": {"type": "string"}}}

    assert ({"type": "string"}, "/c/{id}~1x") == Document(raw, "a.yaml").resolve("/a")


def test_names_lead_to_operations_and_schemas() -> None:
    """What a user names is found, or the error lists what there is."""
    assert "/components/schemas/EventGetResponse" == DOCUMENT.schema_pointer("EventGetResponse")
    with pytest.raises(
        DocumentError, match="no operation has the id 'getEvents'; there are listEvents, getLatestEvents, getEvent"
    ):
        DOCUMENT.operation("getEvents")
    with pytest.raises(DocumentError, match=r"no schema is named 'Nothing'; there are .*EventGetResponse, "):
        DOCUMENT.schema_pointer("Nothing")


# What cannot be used.

OPERATION = HEAD + "paths: {/a: {get: {operationId: x, %s}}}\n"
RESPONSE = (
    OPERATION % "responses: {'200': %s}"
    + "components: {responses: {A: {$ref: '#/components/responses/B'}, B: {$ref: '#/components/responses/A'}}}\n"
)
STATEMENT = "{code: MC101, name: a, severity: error, basis: b, needs: response, statement: s, why: w}"

NOT_YAML = "not YAML that can be read: "
OK = "/paths/~1a/get/responses/200"
BAD = [
    ("openapi: 3.1.0\n\tx: y\n", NOT_YAML + "line 2, column 1: found a tab character that violates indentation"),
    (HEAD + "x: 'open\n", NOT_YAML + "line 4, column 1: found unexpected end of stream"),
    (HEAD + "paths: {}\n--- {}\n", NOT_YAML + "line 4, column 1: but found another document"),
    (HEAD + "paths: {}\nx: !!python/object/apply:os.getcwd []\n", NOT_YAML + "line 4, column 4: could not"),
    (HEAD + "x: &a [1]\npaths: *a\n", "line 4 has the YAML alias *a, which is not read; write the value out"),
    (HEAD + "paths: {}\npaths: {}\n", NOT_YAML + "line 4, column 1: 'paths' stands twice; remove one of them"),
    (HEAD + "paths: {}\n5: 6\n", NOT_YAML + "line 4, column 1: 5 is not a string; quote it"),
    ("x" * (MAX_DOCUMENT_BYTES + 1), f"larger than {MAX_DOCUMENT_BYTES} characters"),
    (HEAD + "paths: {}\nx: " + "[" * 101, "line 4 is nested deeper than 100 levels"),
    (HEAD + "paths: {}\nx:\n " + "- " * 101, "line 5 is nested deeper than 100 levels"),
    ("", "not an OpenAPI 3.1 document; its first line should say `openapi: 3.1.0`"),
    ("- a\n", "not an OpenAPI 3.1 document"),
    ("swagger: '2.0'\npaths: {}\n", "not an OpenAPI 3.1 document"),
    ("openapi: 3.0.3\npaths: {}\n", "not an OpenAPI 3.1 document"),
    (HEAD, "no `paths`; is this an OpenAPI document?"),
    (HEAD + "paths: []\n", "/paths is not an object"),
    (HEAD + "paths: {/a: null}\n", "/paths/~1a is not an object"),
    (HEAD + "paths: {/a: {get: null}}\n", "/paths/~1a/get is not an object"),
    (HEAD + "paths: {/a: {get: {responses: {}}}}\n", "/paths/~1a/get has no operationId; give it one"),
    (
        HEAD + "paths: {/a: {get: {operationId: x}}, /b: {get: {operationId: x}}}\n",
        "/paths/~1b/get has the operationId of /paths/~1a/get; give it one of its own",
    ),
    (OPERATION % "parameters: [{name: a}]", "the parameter at /paths/~1a/get/parameters/0 has no `in`"),
    (OPERATION % "parameters: [{name: a, in: query}]", "there is nothing at /paths/~1a/get/parameters/0/schema"),
    (RESPONSE % "null", f"{OK} is not an object"),
    (RESPONSE % "{content: {application/json: {}}}", f"there is nothing at {OK}/content/application~1json/"),
    (
        RESPONSE % "{$ref: '#/components/responses/C'}",
        f"the $ref at {OK} leads nowhere: '#/components/responses/C'",
    ),
    (RESPONSE % "{$ref: 'b.yaml#/A'}", f"the $ref at {OK} leaves the document: 'b.yaml#/A'; bundle it first"),
    (RESPONSE % "{$ref: '#/components/responses/A'}", f"the $ref at {OK} never ends"),
    (HEAD + "paths: {}\nx-contracts: [5]\n", "the statement at /x-contracts/0 is not an object"),
    (HEAD + "paths: {}\nx-contracts: [{code: MC101}]\n", "the statement at /x-contracts/0 has no `name`"),
    (
        HEAD + f"paths: {{}}\nx-contracts: [{STATEMENT.replace('error', 'fatal')}]\n",
        "the statement at /x-contracts/0 has the severity 'fatal'; there are error, warning, info",
    ),
    (
        HEAD + f"paths: {{}}\nx-contracts: [{STATEMENT}, {STATEMENT}]\n",
        "the statement at /x-contracts/1 has the same code, MC101, as the statement at /x-contracts/0; give it a code of its own",
    ),
]


@pytest.mark.parametrize("text, why", BAD, ids=[why for _, why in BAD])
def test_a_document_that_cannot_be_used_is_told_where_and_why(tmp_path: Path, text: str, why: str) -> None:
    """A bad document is wrong use: one line that names the file, the place and what to do."""
    with pytest.raises(DocumentError) as caught:
        loaded(tmp_path, text)

    assert str(caught.value).startswith(f"{tmp_path / 'a.yaml'}: {why}")
    assert ("\n" not in str(caught.value), 2) == (True, caught.value.exit_code)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_no_depth_exhausts_the_stack(tmp_path: Path, opening: str) -> None:
    """A small file that is nested without bound is refused before anything is built of it."""
    with pytest.raises(DocumentError, match=r"line 4.* nest"):
        loaded(tmp_path, f"{HEAD}x:\n  {opening * 300_000}")


def test_a_file_that_cannot_be_read_is_wrong_use(tmp_path: Path) -> None:
    """No file, a folder, and bytes that are no UTF-8 are told with the path."""
    (tmp_path / "latin.yaml").write_bytes(b"openapi: \xe9")
    for path in (tmp_path / "none.yaml", tmp_path, tmp_path / "latin.yaml"):
        with pytest.raises(DocumentError, match="cannot be read"):
            load(path)


def test_what_a_document_lacks_is_told_where_it_is_asked_for() -> None:
    """A document without a version, or without the union of kinds, says so only to who needs them."""
    bare = Document({"paths": {}}, "a.yaml")

    for ask in (lambda: bare.version, lambda: bare.kinds):
        with pytest.raises(DocumentError, match=r"a\.yaml: there is nothing at /(info/version|components/schemas/Event)"):
            ask()
