"""Reading what a stranger's device may have written: JSON that is an object, numbers that are numbers, text that fits."""

import math
from typing import Any

import orjson

from hearthlight.sensors.family import Malformed


def parsed(payload: bytes) -> Any:
    """The JSON value. orjson refuses NaN, infinities, lone surrogates and more than 1,024 levels by itself."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise Malformed("NOT_JSON") from None


def parsed_object(payload: bytes) -> dict[str, Any]:
    value = parsed(payload)
    if not isinstance(value, dict):
        raise Malformed("NOT_AN_OBJECT")
    return value


def number(value: object, lowest: float, highest: float) -> float | None:
    """The value if it is a number between the two, else None. True and False are not numbers."""
    if type(value) is not int and type(value) is not float:
        return None
    return float(value) if math.isfinite(value) and lowest <= value <= highest else None


def line(value: object, longest: int) -> str:
    """Text as it can be kept and shown: printable, one line, cut to length; nothing for anything else."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value[: 4 * longest] if c.isprintable())[:longest].strip()
