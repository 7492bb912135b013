"""Who may see and write what, once `Access` has been decided. What one may not see does not exist."""

from collections.abc import Sequence

from hearthlight.record.rules import hidden_bits
from hearthlight.record.types import Access, Forbidden, NotFound, Verb


def check_may(access: Access, type_: str, verb: Verb) -> None:
    """Is this kind of resource theirs to touch in this way? No secret: it is asked of the type alone."""
    if not access.may(type_, verb):
        raise Forbidden(f"You may not do this with {type_} resources")


def can_see(access: Access, *, patients: Sequence[str], section: int) -> bool:
    """May they see something about these people (all of them: what is about two is not for the friend of one), in
    these guarded sections?"""
    if access.people is not None and not access.people.issuperset(patients):
        return False
    return not section & hidden_bits(access.sections)


def check_see(access: Access, *, patients: Sequence[str], section: int) -> None:
    if not can_see(access, patients=patients, section=section):
        raise NotFound("There is no such resource")


def check_write_about(access: Access, *, patients: Sequence[str], section: int) -> None:
    """Nobody writes into the record of somebody they may not see, nor into a part they may not open."""
    if not can_see(access, patients=patients, section=section):
        raise Forbidden("You may not write about this person, or in this part of their record")
