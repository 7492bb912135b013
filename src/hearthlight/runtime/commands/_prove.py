"""Prove that a restored home's audit chain is whole. Started by `hearthlight restore`."""

import argparse

from hearthlight.core import audit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the environment says which home."""


def run(_args: argparse.Namespace) -> int:
    broken = audit.first_broken()
    if broken is not None:
        print(f"The audit chain of this backup is broken at entry {broken}: somebody or something changed it.")
    return 0 if broken is None else 1
