"""What a rollback comes to: counts per object, which may be shown, and a line per record, which may not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from panda_twenty.twenty.records import RECORDS_PER_CALL
from panda_twenty.undo.judging import READ_PER_CALL, Decision, Verdict


@dataclass
class ObjectTally:
    """Counts of one object. In a dry run they say what would be done."""

    destroyed: int = 0
    restored: int = 0
    """Put back to what stood there before the migration."""
    reverted: int = 0
    """Put back to what an earlier run wrote."""
    deleted_again: int = 0
    """Of those put back: soft-deleted again, as they were."""
    nothing_left: int = 0
    edited: int = 0
    """Changed in Twenty by somebody else since."""
    needed: int = 0
    """Left alone because a record that is left alone points at them."""
    left_alone: int = 0
    """Of all: not undone, because they were edited, their prior values are gone, or Twenty refused."""
    also_later_runs: int = 0
    """Undone although a run outside the scope wrote them too, later."""
    links_of_others_removed: int = 0
    """Notes' and tasks' links and attachments of others that go with a destroyed record."""
    links_of_others_emptied: int = 0
    """Records of others that lose their link to a destroyed record."""
    ours_removed: int = 0
    ours_unlinked: int = 0
    """Records of ours outside the scope that go too, or lose their link and are sent again next time."""

    def count(self, decision: Decision) -> None:
        """Count what is (to be) done with a record."""
        self.edited += decision.was_edited
        match decision.verdict:
            case Verdict.DESTROY:
                self.destroyed += 1
            case Verdict.RESTORE:
                self.restored += 1
            case Verdict.REVERT:
                self.reverted += 1
            case Verdict.NOTHING_LEFT:
                self.nothing_left += 1
            case Verdict.EDITED | Verdict.NOT_KEPT:
                self.left_alone += 1
            case Verdict.NEEDED:
                self.left_alone += 1
                self.needed += 1
        if decision.verdict in (Verdict.RESTORE, Verdict.REVERT) and decision.deleted_at is not None:
            self.deleted_again += 1

    @property
    def undone(self) -> int:
        return self.destroyed + self.restored + self.reverted

    @property
    def calls(self) -> int:
        """About how many calls undoing takes: writing, and reading before and after."""
        put_back = self.restored + self.reverted
        return (
            math.ceil(self.destroyed / RECORDS_PER_CALL)
            + math.ceil(put_back / RECORDS_PER_CALL)
            + math.ceil(self.deleted_again / RECORDS_PER_CALL)
            + 2 * math.ceil((self.undone + self.nothing_left + self.left_alone) / READ_PER_CALL)
        )


@dataclass
class Rollback:
    """The outcome of a rollback or of its dry run."""

    scope: Mapping[str, Any]
    dry_run: bool
    calls_per_minute: int
    objects: dict[str, ObjectTally] = field(default_factory=dict)
    calls_for_dependants: int = 0
    """Calls that look for what points at the records to be destroyed."""
    data_model_removed: list[str] = field(default_factory=list)
    data_model_kept: list[str] = field(default_factory=list)
    """Fields and objects that the migration created and that hold data of others."""
    touched: set[tuple[str, str]] = field(default_factory=set)
    """Objects and range keys of which something was undone; empty in a dry run."""
    keep: Callable[[dict[str, Any]], None] | None = None
    """Takes a line per record, for a report. It holds personal data and is for files only."""

    def tally(self, object_name: str) -> ObjectTally:
        return self.objects.setdefault(object_name, ObjectTally())

    @property
    def undone(self) -> int:
        return sum(each.undone for each in self.objects.values())

    @property
    def left_alone(self) -> int:
        return sum(each.left_alone for each in self.objects.values())

    @property
    def calls(self) -> int:
        """Changes of the data model are not among them: Twenty does not limit those (measured)."""
        return self.calls_for_dependants + sum(each.calls for each in self.objects.values())

    @property
    def minutes(self) -> float:
        """Under the rate limit; the server may be slower."""
        return self.calls / self.calls_per_minute

    @property
    def is_well(self) -> bool:
        """Everything in the scope is (or, in a dry run, would be) undone."""
        return not self.left_alone

    def counts(self) -> dict[str, Any]:
        """Free of personal data."""
        return {
            "scope": dict(self.scope),
            "dry_run": self.dry_run,
            "objects": {name: asdict(each) for name, each in self.objects.items()},
            "calls_for_dependants": self.calls_for_dependants,
            "data_model_removed": self.data_model_removed,
            "data_model_kept": self.data_model_kept,
            "calls": self.calls,
            "minutes": round(self.minutes, 1),
        }

    @classmethod
    def from_counts(cls, counts: Mapping[str, Any], calls_per_minute: int) -> Rollback:
        """The outcome again from its :meth:`counts`, without the records."""
        return cls(
            counts["scope"],
            counts["dry_run"],
            calls_per_minute,
            {name: ObjectTally(**tally) for name, tally in counts["objects"].items()},
            counts["calls_for_dependants"],
            counts["data_model_removed"],
            counts["data_model_kept"],
        )

    def note(self, decision: Decision, problem: str | None = None) -> None:
        """Hand on a line about a record, with the values that it gets back."""
        if self.keep is None:
            return
        history = decision.history
        line: dict[str, Any] = {
            "object": history.object,
            "twenty_id": history.twenty_id,
            "source_key": history.source_key,
            "entity": history.entity,
            "verdict": str(decision.verdict),
        }
        if decision.verdict in (Verdict.RESTORE, Verdict.REVERT):
            line |= {"values": dict(decision.prior), "deleted_at": decision.deleted_at}
        if problem:
            line["problem"] = problem
        self.keep(line)
