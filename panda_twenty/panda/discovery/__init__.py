"""Discovery: what an unknown practice's database holds, found out by reading it with restraint."""

from panda_twenty.panda.discovery.facts import ColumnFacts, Discovery, Relation, TableFacts
from panda_twenty.panda.discovery.survey import discover

__all__ = ["ColumnFacts", "Discovery", "Relation", "TableFacts", "discover"]
