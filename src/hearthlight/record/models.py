"""The tables of record. Each has a class Scrub."""
