"""Who is asking, inside the SQL: what they may not see is not found, not counted and not followed through."""

# ruff: noqa: S608 — SQL is put together from our own pieces; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from hearthlight.fhir.search.types import Clause, Condition, ReferenceValue
from hearthlight.record import hashes, rules
from hearthlight.record.index import WHOM
from hearthlight.record.sql import ALWAYS, Sql, all_of, among, any_of
from hearthlight.record.types import Access, Verb

FEW_PEOPLE = 100  # of a home; with more the index is not asked person by person


@dataclass(frozen=True)
class Scope:
    access: Access

    def may(self, type_: str) -> bool:
        return self.access.may(type_, Verb.SEARCH)

    @cached_property
    def _people(self) -> Sequence[str] | None:
        return None if self.access.people is None else sorted(self.access.people)

    @cached_property
    def _hidden(self) -> int:
        return rules.hidden_bits(self.access.sections)

    def visible(self, alias: str) -> Sql:
        """Resources that are there and that this reader may see: about nobody, or about people all of whom they may see,
        and in no section that is closed to them."""
        pieces = [Sql(f"NOT {alias}.is_deleted")]
        if self._hidden:
            pieces.append(Sql(f"({alias}.section & {self._hidden}) = 0"))
        if self.access.outside and self.access.sections:
            pieces.append(self._not_guarded_outside(alias))
        if self._people is not None:
            pieces.append(any_of([Sql(f"{alias}.patient = ''"), among(f"{alias}.patient", self._people)]))
            others = among("about.patient", self._people, is_not=True)
            is_other = f"EXISTS (SELECT 1 FROM record_about about WHERE about.rid = {alias}.rid AND {others.text})"
            pieces.append(Sql(f"(NOT {alias}.is_shared OR NOT {is_other})", others.params))
        return all_of(pieces)

    def _not_guarded_outside(self, alias: str) -> Sql:
        """Nothing guarded of people who are reached by a circle or in an emergency only."""
        outside = sorted(self.access.outside)
        first, others = among(f"{alias}.patient", outside), among("about.patient", outside)
        is_other = f"EXISTS (SELECT 1 FROM record_about about WHERE about.rid = {alias}.rid AND {others.text})"
        text = f"({alias}.section = 0 OR NOT ({first.text} OR ({alias}.is_shared AND {is_other})))"
        return Sql(text, (*first.params, *others.params))


@dataclass(frozen=True)
class Whose:
    """Whose rows need be looked at: those of `patients` (numbers), or everybody's."""

    patients: tuple[int, ...] | None = None

    @property
    def one(self) -> int | None:
        return self.patients[0] if self.patients and len(self.patients) == 1 else None

    def rows(self, alias: str) -> Sql:
        return ALWAYS if self.patients is None else among(f"{alias}.patient", self.patients)


def whose(types: Sequence[str], clauses: Sequence[Clause], access: Access) -> Whose | None:
    """The narrowest set of people whose rows can answer; None when nobody's can. A Patient's own rows are nobody's."""
    if "Patient" in types or not types:
        return Whose((0,)) if tuple(types) == ("Patient",) else Whose()
    named = [ids for clause in clauses if (ids := _patients_named(clause)) is not None]
    if named:
        asked = frozenset.intersection(*named)
        if access.people is not None:
            asked &= access.people
        return Whose(tuple(sorted(hashes.known(id_) for id_ in asked))) if asked else None
    if access.people is not None and len(access.people) <= FEW_PEOPLE:
        return Whose((*sorted(hashes.known(id_) for id_ in access.people), 0))
    return Whose()


def _patients_named(clause: Clause) -> frozenset[str] | None:
    """The patients a clause asks for by id; None when it asks for something else."""
    if not isinstance(clause, Condition) or clause.parameter.code not in WHOM or clause.modifier is not None:
        return None
    values = [value for value in clause.values if isinstance(value, ReferenceValue)]
    is_local = all(value.id and not value.url and value.type in (None, "Patient") for value in values)
    if not values or not is_local:
        return None
    if any(value.type is None for value in values) and set(clause.parameter.targets) != {"Patient"}:
        return None  # a Group or a Device may have that id too
    return frozenset(value.id for value in values)
