"""The source: one practice's PANDA database, read only, described by a source profile."""
