"""The record's pages."""

WRONG = 422  # a form that was refused, shown again
