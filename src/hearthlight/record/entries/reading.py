"""What the pages read: everything people wrote down about one person, and what came from elsewhere that reads like it."""

from collections.abc import Sequence

from hearthlight.fhir.search.parse import parse
from hearthlight.record import queries
from hearthlight.record.entries.definitions import entries
from hearthlight.record.entries.shape import TAGS
from hearthlight.record.types import Access, Version

COUNTED = ("Observation",)
"""Types of which a person soon has thousands: only those written as entries are read."""
MOST = 1_000  # resources on a page


def written_about(patient: str, *, access: Access) -> Sequence[Version]:
    """The latest version of each; NotFound for whom this reader may not see."""
    types = sorted({entry.type for entry in entries().values()} - set(COUNTED))
    found = list(queries.everything(patient, access=access, types=types, count=MOST).matches)
    for type_ in COUNTED:
        query = parse((type_,), [("subject", f"Patient/{patient}"), ("_tag", f"{TAGS}|"), ("_count", str(MOST))])
        found += queries.search(query, access=access).matches
    return found
