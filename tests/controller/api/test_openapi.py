"""The OpenAPI document: everything described, every body and answer with an example that is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter

from controller.api import app as whole
from controller.api.openapi import describe
from controller.api.problems import MEDIA_TYPE, ProblemOut
from controller.api.shapes import Answer, Ask
from tests.controller.api.conftest import As

assert whole.NOUNS  # every shape is defined once all nouns are imported


def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in model.__subclasses__():
        yield child
        yield from below(child)


def with_examples() -> list[type[BaseModel]]:
    return [m for m in (*below(Ask), *below(Answer), ProblemOut) if "examples" in examples_of(m)]


def examples_of(model: type[BaseModel]) -> Any:
    return model.model_config.get("json_schema_extra") or {}


@pytest.mark.parametrize("model", with_examples(), ids=lambda model: model.__name__)
def test_every_example_is_valid(model: type[BaseModel]) -> None:
    for example in examples_of(model)["examples"]:
        TypeAdapter(model).validate_json(json_of(example), strict=False)


def json_of(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


def test_a_wrong_example_would_be_noticed() -> None:
    from controller.api.windows import WindowOut

    wrong = {**examples_of(WindowOut)["examples"][0], "surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        WindowOut.model_validate(wrong)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from operation.get("requestBody", {}).get("content", {}).items()
    for answer in operation["responses"].values():
        yield from answer["content"].items()


def has_example(content: dict[str, Any], schemas: dict[str, Any]) -> bool:
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return bool({"example", "examples"} & ({*content, *schema, *schemas.get(name, {})}))


def test_every_body_and_every_answer_has_an_example(app: FastAPI) -> None:
    document = describe(app)
    schemas = document["components"]["schemas"]
    bare = [
        (where, kind)
        for where, operation in operations(document)
        for kind, content in contents(operation)
        if not has_example(content, schemas)
    ]
    assert bare == []


def test_every_operation_has_a_tag_a_plain_id_its_scope_and_its_refusals(app: FastAPI) -> None:
    ids = []
    for where, operation in operations(describe(app)):
        ids.append(operation["operationId"])
        assert operation["operationId"].islower(), where
        assert operation["tags"], where
        assert operation["x-scope"], where
        assert operation["security"] == ([] if operation["x-scope"] == "open" else [{"token": []}]), where
        assert MEDIA_TYPE in operation["responses"]["422"]["content"], where
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(app: FastAPI) -> None:
    document = describe(app)
    schemas = document["components"]["schemas"]

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (value["$ref"],) if isinstance(value.get("$ref"), str) else ()
            for part in value.values():
                yield from references(part)
        elif isinstance(value, list):
            for part in value:
                yield from references(part)

    assert {reference.rpartition("/")[2] for reference in references(document)} <= set(schemas)
    assert "HTTPValidationError" not in schemas


def test_the_document_needs_a_token_and_any_will_do(api: As) -> None:
    pupil = api("pupil")
    assert pupil.get("/api/v1/openapi.json").json()["info"]["title"] == "Caretaker"
    del pupil.headers["Authorization"]
    assert pupil.get("/api/v1/openapi.json").status_code == 401
