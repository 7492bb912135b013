"""The room's pages: a person's checks, recording one, what is usual, trends, what is due, and the home's policy."""

from http import HTTPStatus

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY  # a form sent with something wrong in it, shown again
