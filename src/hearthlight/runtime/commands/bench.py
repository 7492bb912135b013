"""Measure Hearthlight. `hearthlight bench` lists what can be measured; add --json for one object a program can read."""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

import orjson

SETUP = False  # benchmarks run servers of their own, in homes of their own
BENCHES = Path(__file__).parent.parent / "bench"


def benches() -> dict[str, ModuleType]:
    """Every benchmark, found by looking: a module in runtime/bench with add_arguments, run and table."""
    found = {}
    for module in pkgutil.iter_modules([str(BENCHES)]):
        bench = importlib.import_module(f"hearthlight.runtime.bench.{module.name}")
        if hasattr(bench, "add_arguments"):
            found[module.name] = bench
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="bench", required=True, metavar="BENCH")
    for name, module in benches().items():
        sub = kinds.add_parser(name, help=(module.__doc__ or "").splitlines()[0], description=module.__doc__)
        sub.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
        module.add_arguments(sub)


def run(args: argparse.Namespace) -> int:
    module = benches()[args.bench]
    try:
        result = module.run(args)
    except (FileNotFoundError, ValueError) as error:  # anticipated: wrong data, missing data
        print(f"hearthlight bench {args.bench}: {error}", file=sys.stderr)
        return 2
    print(orjson.dumps(result, option=orjson.OPT_SERIALIZE_NUMPY).decode() if args.json else module.table(result))
    return 0
