"""What a role lets its holder do with the record, and how scopes of several roles go together. Pure.

Everyone on duty reads. Carers add what carers write down. Seniors and on-call add and change. Managers and
administrators also delete, and read who looked. Safeguarding, sexual health and the key safe open to seniors and above
(decision 0009): a carer who needs them asks the senior, and nobody's is opened by a circle or by broken glass."""

from collections.abc import Callable, Collection, Sequence

from hearthlight.people.types import Role, Scope
from hearthlight.record.types import Section, Verb

RANK = (Role.CARER, Role.SENIOR, Role.ON_CALL, Role.MANAGER, Role.ADMINISTRATOR)
CARERS_ADD = frozenset({"Observation", "Communication", "QuestionnaireResponse", "MedicationAdministration", "Media"})
LEADERS_ONLY = frozenset({"AuditEvent", "Subscription"})  # who looked; and what leaves the house by itself
NEVER_WRITTEN = frozenset({"AuditEvent"})  # the chain is written by looking, not by asking
SECTIONS = {
    Role.CARER: frozenset[Section](),
    Role.SENIOR: frozenset(Section),
    Role.ON_CALL: frozenset(Section),
    Role.MANAGER: frozenset(Section),
    Role.ADMINISTRATOR: frozenset[Section](),  # keeps the machine, not the people
}
Power = Callable[[str, Verb], bool]


def standing(scopes: Sequence[Scope]) -> frozenset[Role]:
    """The roles that count when one answer must do for everyone a viewer sees: a lower role inside the place of a
    higher one adds nothing and is left out."""
    return frozenset(scope.role for scope in scopes if not any(_outdoes(other, scope) for other in scopes))


def _outdoes(other: Scope, scope: Scope) -> bool:
    """Counts for more over the same place or a larger one. A manager's counts for more than an administrator's, which
    opens no section: the two are often one person."""
    order = (*RANK[:3], Role.ADMINISTRATOR, Role.MANAGER)
    return scope.path.startswith(other.path) and order.index(other.role) > order.index(scope.role) and (
        other.role is not Role.ADMINISTRATOR
    )


def of_roles(roles: Collection[Role]) -> Power:
    """What holders of all of `roles` may do: only what each of them may, for `may` is not asked where. Somebody who is
    a manager at one home and a carer at another must not delete in the second."""
    held = frozenset(roles)

    def may(resource_type: str, verb: Verb) -> bool:
        return bool(held) and all(_role_may(role, resource_type, verb) for role in held)

    return may


def _role_may(role: Role, resource_type: str, verb: Verb) -> bool:
    is_leader = role in (Role.MANAGER, Role.ADMINISTRATOR)
    if resource_type in LEADERS_ONLY and not is_leader:
        return False
    if verb in (Verb.READ, Verb.SEARCH):
        return True
    if resource_type in NEVER_WRITTEN:
        return False
    if is_leader:
        return True
    if role is Role.CARER:
        return verb is Verb.CREATE and resource_type in CARERS_ADD
    return verb in (Verb.CREATE, Verb.UPDATE)


def sections_of(roles: Collection[Role]) -> frozenset[Section]:
    """The guarded parts that every one of `roles` opens."""
    found = frozenset(Section)
    for role in roles:
        found &= SECTIONS[role]
    return found if roles else frozenset()


def both(one: Power, other: Power) -> Power:
    return lambda resource_type, verb: one(resource_type, verb) and other(resource_type, verb)
