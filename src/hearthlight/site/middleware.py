"""Who is asking, on every request: `request.viewer` is the signed-in member of staff, or None."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from hearthlight.core import changes, clock
from hearthlight.people import queries
from hearthlight.people.types import Viewer
from hearthlight.record.permissions import with_opened
from hearthlight.site import second_factor


class SignedInStaff:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = clock.now()  # type: ignore[attr-defined]
        request.viewer, request.live_since = None, 0  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            if second_factor.is_owed_by(request.user.pk):
                return self._until_set_up(request)
            request.viewer = self._viewer(request, request.user.pk)  # type: ignore[attr-defined]
        return self.get_response(request)

    def _until_set_up(self, request: HttpRequest) -> HttpResponse:
        if second_factor.is_open(request.path):
            return self.get_response(request)
        return HttpResponseRedirect(reverse("mfa_index"))

    def _viewer(self, request: HttpRequest, user_id: int) -> Viewer | None:
        # Read before anything the page shows: a change that lands while it is made is heard again, never missed.
        request.live_since = changes.latest()  # type: ignore[attr-defined]
        at = request.at  # type: ignore[attr-defined]
        viewer = queries.viewer_of(user_id=user_id, at=at)
        return viewer and with_opened(viewer, at)
