"""The pages and doors of apps."""

from urllib.parse import urlsplit

from django.http import HttpResponse


def leading_to(answer: HttpResponse, *addresses: str) -> HttpResponse:
    """A page whose forms may lead to these addresses too: browsers hold redirects after a form to the CSP's form-action."""
    found = []
    for address in addresses:
        parts = urlsplit(address)
        found.append(f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:")
    answer._csp_update = {"form-action": found}  # type: ignore[attr-defined]
    return answer
