"""How OpenAPI tells the tills' requests and answers: made of the very types that read and write them."""

from typing import Any

import msgspec

from cloud.limits import USUAL_BYTES
from cloud.web.till_answers import PROBLEM, Problem

Json = dict[str, Any]  # a JSON schema, in whatever form msgspec writes it

KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": (
        "Any text of the till's own, new for each request. The same request under the same key gets the same answer"
        " again, for at least 24 hours; another request under it is refused with 422."
    ),
}


def operation(request: type[msgspec.Struct], *, needed: bool = True, keyed: bool = True) -> Json:
    """What an operation adds to its own description."""
    told: Json = {
        "requestBody": {"required": needed, "content": {"application/json": {"schema": _schema(request)}}},
    }
    return told | ({"parameters": [KEY_HEADER]} if keyed else {})


def responses(answer: type[msgspec.Struct], *, conflict: str, missing: str = "") -> dict[int | str, Json]:
    """The answers of an operation, by status."""
    problem = {"content": {PROBLEM: {"schema": _schema(Problem)}}}
    good = {"content": {"application/json": {"schema": _schema(answer)}}}
    told: dict[int | str, Json] = {
        200: {"description": "it was kept before; nothing changed", **good},
        201: {"description": "kept", **good},
        400: {"description": "the Idempotency-Key is none", **problem},
        401: {"description": "no till is known by this", **problem},
        409: {"description": conflict, **problem},
        413: {"description": f"more than {USUAL_BYTES // 1024} KiB"},
        422: {"description": "not readable, or another request under this key; the answer says where and why"}
        | problem,
    }
    return told | ({404: {"description": missing, **problem}} if missing else {})


def _schema(kind: type[msgspec.Struct]) -> Json:
    """The type's schema with all that it refers to inside it."""
    (schema,), parts = msgspec.json.schema_components((kind,), ref_template="#/$defs/{name}")
    told: Json = _resolved(schema, parts)
    return told


def _resolved(schema: Any, parts: Json) -> Any:
    match schema:
        case {"$ref": str(ref)}:
            return _resolved(parts[ref.rpartition("/")[2]], parts)
        case dict():
            return {name: _resolved(value, parts) for name, value in schema.items()}
        case list():
            return [_resolved(value, parts) for value in schema]
        case _:
            return schema
