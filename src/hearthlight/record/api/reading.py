"""Reading one resource, one version of it, or what became of it."""

from collections.abc import Sequence
from datetime import datetime

from hearthlight.fhir import text
from hearthlight.record import looks, queries
from hearthlight.record.api import answers, bundles, door, negotiation, shaping
from hearthlight.record.api.capabilities import Interaction, allowed
from hearthlight.record.api.types import Answer, Asked, Problem
from hearthlight.record.looks import Look
from hearthlight.record.types import Access, Version

LONGEST_PAGE = 500  # versions
USUAL_PAGE = 50


def read(asked: Asked, access: Access, type: str, id: str) -> Answer:  # noqa: A002 — FHIR's words
    allowed(access, type, Interaction.READ)
    return _one(asked, access, queries.read(type, id, access=access))


def vread(asked: Asked, access: Access, type: str, id: str, version: str) -> Answer:  # noqa: A002
    allowed(access, type, Interaction.VREAD)
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    return _one(asked, access, queries.vread(type, id, number, access=access))


def history(asked: Asked, access: Access, type: str = "", id: str = "") -> Answer:  # noqa: A002
    """Of an instance, a type, or everything, newest first."""
    if type:
        allowed(access, type, Interaction.HISTORY if id else Interaction.HISTORY_OF_TYPE)
    pairs = door.pairs_of(asked.query)
    told = dict(pairs)
    page = queries.history(
        type or None, id or None, access=access, since=instant(told.get("_since", "")), count=count_of(told.get("_count", "")),
        cursor=told.get("_cursor", ""),
    )  # fmt: skip
    where = "/".join(part for part in (type, id, "_history") if part)
    understood = [pair for pair in pairs if pair[0] in ("_since", "_count")]
    bundle = bundles.history(asked, page, where=where, understood=understood)
    subject = f"{type}/{id}" if id else type or "*"
    return Answer(body=text.dumps(bundle), looks=(look(access, subject, page.matches, asked.at),))


def count_of(told: str) -> int:
    """`_count`, at most what a page holds."""
    if not told:
        return USUAL_PAGE
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise Problem(400, "value", "_count is a whole number")
    return min(int(told), LONGEST_PAGE)


def _one(asked: Asked, access: Access, version: Version) -> Answer:
    seen = (look(access, f"{version.type}/{version.id}", (version,), asked.at, action=looks.READ),)
    none_match, since = asked.header("if-none-match"), asked.header("if-modified-since")
    if (none_match or since) and negotiation.is_unchanged(
        version.version, version.at, if_none_match=none_match, if_modified_since=since
    ):
        return Answer(304, headers=answers.validators(version.version, version.at), looks=seen)
    answer = answers.of_version(version)
    if asked.query:
        answer.body = shaping.shaped(version.body, shaping.of_pairs(door.pairs_of(asked.query)))
    answer.looks = seen
    return answer


def instant(told: str) -> datetime | None:
    if not told:
        return None
    try:
        found = datetime.fromisoformat(told.replace(" ", "+"))
    except ValueError:
        raise Problem(400, "value", "_since is an instant, 2026-11-22T03:12:00Z") from None
    if found.tzinfo is None:
        raise Problem(400, "value", "_since is an instant with its time zone")
    return found


def look(
    access: Access, subject: str, versions: Sequence[Version], at: datetime, *, action: str = looks.SEARCHED
) -> Look:
    """What somebody was shown, for the audit."""
    return Look(access, action, subject, sorted({who for version in versions for who in version.patients}), at)
