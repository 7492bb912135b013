"""The tables of checks. Each has a class Scrub."""
