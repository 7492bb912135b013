"""Words as 64-bit numbers, and moments as microseconds: what the index tables hold.

Two words share a number once in 2⁶⁴: in a store of a thousand million different codes, the odds that any two do are one
in forty, and then a search finds one resource too many. Who may see it is not decided by a hash."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b

NEVER = -(2**63)
"""Stands where there is no date: before every date."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
REMEMBERED = 4_096  # words kept: parameters and systems come again and again, values hardly ever


def word(text: str) -> int:
    """Eight bytes of BLAKE2b, as a signed number."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


@lru_cache(REMEMBERED)
def known(text: str) -> int:
    """`word`, for those that come again and again. The empty word is 0."""
    return word(text) if text else 0


@lru_cache(REMEMBERED)
def key(type_: str, parameter: str, part: str = "") -> int:
    """A parameter of a type; `part` names what else of it has rows of its own (displays, a composite's second half)."""
    return word(f"{type_}\0{parameter}\0{part}")


def reference(type_: str, id_: str) -> int:
    return word(f"{type_}/{id_}")


def microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    return _EPOCH + us * _MICROSECOND
