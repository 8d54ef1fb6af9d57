"""Taking a migration back: what is undone, how, and the proof that the workspace is as it was before.

``scope`` says what, ``history`` reads from the ledger what was done to each record, ``judging`` compares that
with what stands in Twenty now, ``rolling_back`` destroys and restores, ``data_model`` removes what the
migration created, ``snapshot`` writes a whole workspace down and compares two of them.
"""
