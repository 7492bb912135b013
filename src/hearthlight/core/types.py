"""Values every room speaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a member of staff, a device, or a part of the system. Written `kind:id` wherever it is stored."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def staff_actor(staff_id: int) -> Actor:
    return Actor("staff", str(staff_id))


def device_actor(device_id: str) -> Actor:
    return Actor("device", device_id)


def system(part: str) -> Actor:
    return Actor("system", part)


class Refusal(Exception):
    """An anticipated 'no', with the sentence a person will read."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
