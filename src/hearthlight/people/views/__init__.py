"""The room's pages, one module each for people, consents, the circle, places, staff and the rota."""

from http import HTTPStatus

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY  # a form sent with something wrong in it, shown again
LONGEST_ID = 18  # digits: what fits the database's 64-bit ids


def is_id(text: str) -> bool:
    """Could this, from an address, be the id of something?"""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
