"""Who is asking, on every request: `request.viewer` is the signed-in member of staff, or None."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from hearthlight.core import changes, clock
from hearthlight.people import queries


class SignedInStaff:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        request.at = clock.now()  # type: ignore[attr-defined]
        request.viewer = queries.viewer_of(user_id=user.pk, at=request.at) if user.is_authenticated else None  # type: ignore[attr-defined]
        # Read before anything the page shows: a change that lands while it is made is then heard again, never missed.
        request.live_since = changes.latest() if request.viewer and request.method == "GET" else 0  # type: ignore[attr-defined]
        return self.get_response(request)
