"""The OpenAPI document: what each route needs, how it refuses, and an example for everything."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from controller.api.access import OPEN
from controller.api.problems import MEDIA_TYPE, ProblemOut
from controller.api.shapes import example_of

TITLE = "Caretaker"
DESCRIPTION = """Opens and locks a school's network. Writing answers 202: accepted, and carried out by the loop;
the enforcement points say how far it got. Every refusal is `application/problem+json` with what to do."""
REFUSALS = {
    "401": "No token that is in force.",
    "403": "Not allowed for this account.",
    "404": "What it is about is not there.",
    "409": "It cannot be done as things stand now.",
    "413": "The body is larger than 1 MiB.",
    "422": "The request is not as described here. What was sent is never repeated.",
    "429": "Asked for too often. `Retry-After` says when to try again.",
    "507": "The disk is full; nothing was written.",
    "503": "The store cannot be used just now; nothing was written.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Made once. Every operation gets its security and its refusals here, so that no route can forget them."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=TITLE, version=app.version, description=DESCRIPTION, routes=app.routes)
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["components"]["schemas"]["Problem"] = ProblemOut.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    _lift_definitions(document["components"]["schemas"])
    for path in document["paths"].values():
        for operation in path.values():
            _complete(operation)
    app.openapi_schema = document
    return document


def _lift_definitions(schemas: dict[str, Any]) -> None:
    schemas.update(schemas["Problem"].pop("$defs", {}))
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)


def _complete(operation: dict[str, Any]) -> None:
    operation.pop("x-signed-in-by", None)
    open_to_all = operation.get("x-scope") == OPEN
    operation["security"] = [] if open_to_all else [{"token": []}]
    for status, text in REFUSALS.items():
        if not (open_to_all and status == "403"):
            operation["responses"][status] = _refusal(status, text)


def _refusal(status: str, text: str) -> dict[str, Any]:
    example = {**example_of(ProblemOut), "status": int(status), "detail": text}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}
