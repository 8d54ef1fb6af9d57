"""The account of every record written: append-only, hash-chained. Audit, resume, delta and undo read it."""
