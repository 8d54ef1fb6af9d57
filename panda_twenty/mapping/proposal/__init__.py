"""Proposes a source profile for a database that nobody has seen: scored, explained, and only proposed."""

from panda_twenty.mapping.proposal.assemble import propose
from panda_twenty.mapping.proposal.model import Proposal, ProposedEntity, ProposedLine, Question
from panda_twenty.mapping.proposal.profile_text import profile_text

__all__ = ["Proposal", "ProposedEntity", "ProposedLine", "Question", "profile_text", "propose"]
