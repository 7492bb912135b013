"""FHIR R4 as a pure library."""
