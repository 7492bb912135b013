"""Notices that somebody may need help. Pure: signals and times go in, sightings come out; see README.md."""
