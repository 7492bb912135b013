"""What a profile asks of a resource beyond R4."""

from .types import Issue, Resource, Severity


def departures(resource: Resource, profile: str) -> list[Issue]:
    """Where `resource` departs from the profile with that canonical URL. None is known yet."""
    return [Issue(Severity.ERROR, "not-found", f"No profile {profile} is known here", str(resource.get("resourceType")))]
