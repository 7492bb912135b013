"""The room's pages: an alert, the history, the plans, the alert budget, and this phone's notifications."""

from http import HTTPStatus

WRONG = HTTPStatus.UNPROCESSABLE_ENTITY  # a form sent with something wrong in it, shown again
