"""Official R4 examples (HL7's, CC0), as `scripts/build-fhir-search --examples` chose them: of each type, those that have a
member which no smaller one has, without their narrative."""

import gzip
from pathlib import Path

from hearthlight.fhir.text import loads

EXAMPLES = [
    loads(line) for line in gzip.decompress(Path(__file__).with_name("examples.jsonl.gz").read_bytes()).splitlines()
]
