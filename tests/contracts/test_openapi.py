"""The OpenAPI document: valid in itself, complete, and true to the routes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar

from hotline.tickets.lifecycle import TRANSITIONS, Action
from tests.support.clients import ClientAs
from web.problem_codes import problem_codes

METHODS = {"get", "put", "post", "delete", "patch", "options", "head", "trace"}
TYPES = {"null", "boolean", "object", "array", "number", "string", "integer"}


@pytest.fixture
async def document(client_as: ClientAs) -> dict[str, Any]:
    answer = await client_as(None).get("/schema/openapi.json")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def _nodes(node: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for name, inner in node.items():
            yield from _nodes(inner, f"{path}/{name}")
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from _nodes(inner, f"{path}/{place}")


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"]
    assert document["info"]["version"]
    assert set(document) <= {
        *("openapi", "info", "servers", "paths", "components", "security", "tags", "webhooks"),
        *("externalDocs", "jsonSchemaDialect"),
    }


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for where, node in _nodes(document):
        if isinstance(reference := node.get("$ref"), str):
            target: Any = document
            for part in reference.removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            assert target, where


def test_schemas_are_of_json_schema_2020_12(document: dict[str, Any]) -> None:
    for where, node in _nodes(document["components"].get("schemas", {})):
        if "/properties" in where and not where.endswith("properties"):
            assert "nullable" not in node, f"{where}: of OpenAPI 3.0"
        kind = node.get("type")
        if isinstance(kind, str) and not where.endswith("/properties"):
            assert kind in TYPES, where
        if isinstance(node.get("required"), list) and isinstance(node.get("properties"), dict):
            assert set(node["required"]) <= set(node["properties"]), where


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    names = []
    for path, method, operation in _operations(document):
        where = f"{method} {path}"
        names.append(operation["operationId"])
        assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"]), where
        assert operation["summary"], where
        assert operation["tags"], where
        declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path)), where
        assert any(status.startswith("2") for status in operation["responses"]), where
        assert "400" not in operation["responses"], where
    assert len(names) == len(set(names))


def test_every_operation_of_the_interface_says_how_it_refuses(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        if not path.startswith("/api/"):
            continue
        where = f"{method} {path}"
        refusals = {s: r for s, r in operation["responses"].items() if s[0] in "45"}
        assert "401" in refusals, where
        if "{" in path and path.startswith("/api/v1/tickets"):
            assert "404" in refusals, where
        if operation.get("requestBody"):
            assert "422" in refusals, where
        for status, response in refusals.items():
            assert set(response["content"]) == {"application/problem+json"}, f"{where} {status}"


def test_it_names_every_route_of_the_interface(app: Litestar, document: dict[str, Any]) -> None:
    served = {
        (method.lower(), re.sub(r"{(\w+):\w+}", r"{\1}", route.path))
        for route in app.routes
        if route.path.startswith(("/api/", "/health/"))
        for method in getattr(route, "methods", ())
        if method not in {"OPTIONS", "HEAD"}
    }
    assert {(method, path) for path, method, _ in _operations(document)} == served


BY_ITSELF = {
    Action.HAND_TO_DUTY_HEAD,
    Action.DEFAULT_CONSENT,
    Action.RAISE_RETURN,
    Action.REAPPLY_POLICY,
    Action.RATE_CLOSED,
}
"""Done by escalation, by a requester's link, or to many tickets at once by an address of its own."""


def test_every_action_has_an_operation(document: dict[str, Any]) -> None:
    for action in set(TRANSITIONS) - {Action.SUBMIT, Action.IMPORT} - BY_ITSELF:
        path = f"/api/v1/tickets/{{number}}/{action.value.replace('_', '-')}"
        assert "post" in document["paths"][path]


def test_it_lists_every_problem_code(document: dict[str, Any]) -> None:
    for code, _status, title in problem_codes():
        assert f"`{code}`" in document["info"]["description"], code
        assert title, code


def test_no_secret_and_no_person_is_in_it(document: dict[str, Any]) -> None:
    text = str(document)
    assert not re.search(r"1[3-9]\d{9}", text)
    assert "password_hash" not in text
    assert "phone_index" not in text
