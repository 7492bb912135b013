"""R4's search parameters, as `scripts/build-fhir-search` drew them from HL7's definitions.

`_text`, `_content`, `_query`, `_filter` and `_list` are not among them: full text and other grammars are not searched here."""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from .types import Component, Parameter, Type

EVERY_TYPE = "*"
"""The key of what every resource type has."""

_CANONICAL = {"canonical", "uri"}


@cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """The table as it is written: by type and code, with the paths that `extract` compiles."""
    packed = resources.files(__package__).joinpath("parameters.json.gz").read_bytes()
    return MappingProxyType(json.loads(gzip.decompress(packed)))


@cache
def types() -> frozenset[str]:
    """Every resource type of R4."""
    return frozenset(table()) - {EVERY_TYPE}


@cache
def of(type: str) -> Mapping[str, Parameter]:
    """What resources of `type` may be searched by, by code, `_id` and `_lastUpdated` among them. Raises KeyError."""
    rows = {**table()[EVERY_TYPE], **table()[type]}
    return MappingProxyType({code: _parameter(code, row) for code, row in rows.items()})


@cache
def of_every_type() -> Mapping[str, Parameter]:
    """What any resource may be searched by, whatever its type."""
    return MappingProxyType({code: _parameter(code, row) for code, row in table()[EVERY_TYPE].items()})


def _parameter(code: str, row: Mapping[str, Any]) -> Parameter:
    return Parameter(
        code=code,
        type=Type(row["type"]),
        expression=row["expression"],
        targets=tuple(row.get("targets", ())),
        components=tuple(Component(Type(each["type"]), each["expression"]) for each in row.get("components", ())),
        is_canonical=row["type"] == "reference" and {path[1] for path in row["paths"]} <= _CANONICAL,
    )
