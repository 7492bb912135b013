"""Write, or compare, the tables of `hearthlight.fhir.definitions`. Started by scripts/build-fhir, which says how."""

import argparse
import gzip
import json
import lzma
import sys
from pathlib import Path
from typing import Any

import examples
import r4
import ukcore
from package import Package

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = ROOT / "src/hearthlight/fhir/definitions"
DATA = ROOT / "src/hearthlight/fhir/tests/data"


def packed(table: dict[str, Any]) -> bytes:
    """The same bytes for the same table, whenever and wherever they are drawn."""
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def put(path: Path, body: bytes, *, is_check: bool) -> bool:
    """Whether `path` holds `body` (afterwards, unless `is_check`). Compared unpacked: compressors differ in their versions."""
    unpacked = lzma.decompress if path.suffix == ".xz" else gzip.decompress
    if is_check:
        is_same = path.exists() and unpacked(path.read_bytes()) == unpacked(body)
        print(f"{path.relative_to(ROOT)}: {'the same' if is_same else 'NOT the same'}")
        return is_same
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(body)
    print(f"{path.relative_to(ROOT)}: {len(body):,} bytes")
    return True


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--package", type=Path)
    asked.add_argument("--ukcore", type=Path)
    asked.add_argument("--ukcore-examples", type=Path)
    asked.add_argument("--check", action="store_true")
    options = asked.parse_args()
    package = Package(options.package)
    drawn = {TABLES / "r4.json.gz": packed(r4.table(package)), DATA / "r4.jsonl.xz": examples.packed(package)}
    if options.ukcore:
        drawn[TABLES / "ukcore.json.gz"] = packed(ukcore.table(options.ukcore, package))
    if options.ukcore_examples:
        drawn[DATA / "ukcore.jsonl.xz"] = lzma.compress(ukcore.examples(options.ukcore_examples), preset=9)
    is_fine = [put(path, body, is_check=options.check) for path, body in drawn.items()]
    return 0 if all(is_fine) else 1


if __name__ == "__main__":
    sys.exit(main())
