"""What becomes what: the mapping, the transforms it names, and the records they build. No I/O."""
