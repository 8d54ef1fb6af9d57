"""Which column each attribute of a seated entity is read from, there or in a table that it leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from panda_twenty.mapping.proposal.candidates import Candidate, assigned
from panda_twenty.mapping.proposal.codes import meanings, read_codes, said_by_a_list, share_read
from panda_twenty.mapping.proposal.evidence import is_social_security
from panda_twenty.mapping.proposal.landscape import Landscape
from panda_twenty.mapping.proposal.left_over import NEARLY_ALWAYS, take_what_is_left
from panda_twenty.mapping.proposal.model import (
    LIKELY,
    POSSIBLE,
    SURE,
    CodeReading,
    ProposedLine,
    RunnerUp,
    Step,
)
from panda_twenty.mapping.proposal.recognised_chart import labels_of
from panda_twenty.mapping.proposal.tables import Seat, Seating, closed_tables
from panda_twenty.mapping.proposal.vocabulary import attribute_phrases, entity_context
from panda_twenty.panda.discovery.facts import ColumnFacts, Relation, TableFacts
from panda_twenty.panda.discovery.names import phrase_score, words_of
from panda_twenty.panda.discovery.patterns import PATTERNS
from panda_twenty.panda.entities import ENTITIES, Attribute, Kind
from panda_twenty.panda.values import plain_text

_CLOSE = 0.06
"""A runner-up so near makes the winner less sure."""

_NO_DAY = frozenset(("0", "00000000", "18000101", "18010101", "19000101", "17530101", "00010101"))
"""What stands for no day where days are digits alone."""

_UNIVERSAL_TIME = frozenset(("utc", "gmt"))

_DATE_FORMATS = {"us": "%m/%d/%Y", "day_first": "%d/%m/%Y", "dotted": "%d.%m.%Y", "bare": "%Y%m%d"}
_NAME_PARTS = {"first_name": "first", "middle_name": "middle", "last_name": "last"}


def propose_lines(seating: Seating, seat: Seat, reserved: Sequence[str]) -> tuple[ProposedLine, ...]:
    """Lines for every attribute that has a home. ``reserved`` columns are keys and the way to the patient."""
    landscape = seating.landscape
    catalogue = ENTITIES[seat.entity].attributes
    own = {name: _own_candidates(seating, seat, catalogue[name], reserved) for name in _asked(seat.entity)}
    chosen = assigned(own)
    _take_parts_of_names(landscape, seat, own, chosen)
    take_what_is_left(seating, seat, chosen)
    missing = [name for name in own if name not in chosen or chosen[name].score < 0.6]
    beyond = _beyond(seating, seat, missing)
    for name, candidates in beyond.items():
        if candidates and (name not in chosen or candidates[0].score > chosen[name].score + 0.05):
            chosen[name] = candidates[0]
    trust = min(1.0, 0.55 + seat.score * 0.6)
    lines = []
    for name, candidate in chosen.items():
        rivals = [each for each in (*own[name], *beyond.get(name, ())) if each.place != candidate.place]
        taken = {each.place for other, each in chosen.items() if other != name and each.score >= 0.6}
        line = _line(landscape, seat, catalogue[name], candidate, rivals, taken, trust)
        if line.score >= POSSIBLE:
            lines.append(line)
    order = list(catalogue)
    return tuple(sorted(lines, key=lambda line: order.index(line.attribute)))


def _asked(entity: str) -> list[str]:
    return [
        name
        for name, attribute in ENTITIES[entity].attributes.items()
        if name not in ("key", "patient_key")
        and attribute.kind is not Kind.TEETH
        and attribute.refers_to != "referring_practice"
    ]


def _own_candidates(
    seating: Seating, seat: Seat, attribute: Attribute, reserved: Sequence[str]
) -> list[Candidate]:
    """Columns of the entity's own table, best first."""
    landscape = seating.landscape
    table = landscape.tables[seat.table]
    found = []
    for column in table:
        if column.name in reserved and attribute.kind is not Kind.KEY:
            continue
        if column.name in reserved and len(table.key) == 1 and column.name == table.key[0]:
            continue
        candidate = _candidate(seating, seat, attribute, table.name, column)
        if candidate is not None:
            found.append(candidate)
    if attribute.name in _EVERYBODYS:
        # A column that few rows fill, beside one that nearly all fill, is what an older version left behind.
        full = [each.column for each in found if table.columns[each.column].fill_share > NEARLY_ALWAYS]
        full = [name for name in full if any(e.column == name and e.score >= LIKELY for e in found)]
        found = [
            replace(each, score=each.score * _GIVES_WAY)
            if full and table.columns[each.column].fill_share < _SELDOM
            else each
            for each in found
        ]
    if any(_UNREAD not in each.reasons and each.score >= LIKELY for each in found):
        # Codes that mean something else give way to codes that are read.
        found = [
            replace(each, score=each.score * _GIVES_WAY) if _UNREAD in each.reasons else each
            for each in found
        ]
    return sorted(found, key=lambda each: -each.score)


_EVERYBODYS = frozenset(("first_name", "last_name", "birth_date", "sex"))
_SELDOM = 0.5
_UNREAD = "hardly any of its codes says a meaning of it"
_GIVES_WAY = 0.6


def _candidate(
    seating: Seating, seat: Seat, attribute: Attribute, table: str, column: ColumnFacts
) -> Candidate | None:
    landscape = seating.landscape
    if attribute.refers_to is not None:
        return _reference(seating, seat, attribute, table, column)
    relation = landscape.relations_of(table).get(column.name)
    evidence = landscape.evidence(seat.entity, attribute, table, column)
    score = evidence.score
    describes = attribute.kind in (Kind.TEXT, Kind.DATE, Kind.MOMENT, Kind.DECIMAL)
    if relation is not None and describes and relation.score > 0.6:
        # It names a row elsewhere; what that row is called is to be found there.
        score *= 0.5 if relation.to_table in seating.taken or column.broad in ("integer", "guid") else 1
    reasons = evidence.reasons
    if (
        attribute.kind is Kind.CODE
        and evidence.value > -1
        and (
            said := _said_by_its_list(landscape, attribute, table, column)
            or said_by_a_list(landscape, seat.entity, table, column, attribute)
        )
    ):
        score = min(0.95, max(score + _LISTED, _ONLY_LISTED))
        reasons = (*reasons, said)
    elif attribute.kind is Kind.CODE and evidence.name >= _HALF_NAMED and column.codes:
        read, _ = read_codes(landscape, seat.entity, attribute, landscape.tables[table], column)
        if share_read(read) < _HARDLY_READ:
            reasons = (*reasons, _UNREAD)
        elif share_read(read) == 1 and read[0].because.startswith("table "):
            score = min(0.95, score + _LISTED)
    return Candidate(attribute.name, table, column.name, score, reasons) if score >= 0.2 else None


_LISTED, _ONLY_LISTED = 0.15, 0.52
"""What a list that decodes all of a code adds to its score, and what it counts where no name says it."""


_HALF_NAMED, _HARDLY_READ = 0.3, 0.3
"""From which name on codes are read beforehand, and the share read below which they say something else."""


def _said_by_its_list(
    landscape: Landscape, attribute: Attribute, table: str, column: ColumnFacts
) -> str | None:
    """What a table that a column points at makes of its codes, if they are all meanings of the attribute."""
    labels = labels_of(landscape.discovery, table, column)
    used = [labels.get(code, "") for code in column.codes]
    if len(used) < _FEWEST_MEANINGS or min(map(len, used)) < _SHORTEST_WORD:
        return None
    meant = set(meanings(used, attribute.codes).values())
    if None in meant or len(meant) < min(len(used), _FEWEST_MEANINGS):
        return None
    return f"its list says {len(used)} things that are meanings of it"


_FEWEST_MEANINGS, _SHORTEST_WORD = 2, 3


def _reference(
    seating: Seating, seat: Seat, attribute: Attribute, table: str, column: ColumnFacts
) -> Candidate | None:
    """A column that names a row of another entity: by its relation, then by its name."""
    target = seating.table_of(attribute.refers_to or "")
    if target is None:
        return None
    landscape = seating.landscape
    named = phrase_score(
        landscape.spelled(table, column.name),
        attribute_phrases(seat.entity, attribute.name),
        entity_context(seat.entity) | landscape.table_words(table),
    )
    relation = landscape.relation_to(table, column.name, target)
    if relation is None:
        if named < 0.75 or column.broad not in ("integer", "guid", "text") or target == table:
            return (
                None
                if not (named >= 0.75 and target == table and column.broad == "integer")
                else Candidate(
                    attribute.name,
                    table,
                    column.name,
                    0.72 * named,
                    (f"name {named:.2f}", "values not checked"),
                )
            )
        if landscape.holds_keys(table, column, target):
            return Candidate(
                attribute.name,
                table,
                column.name,
                round(0.72 * named, 3),
                (f"name {named:.2f}", f"all its values are keys of {target}"),
            )
        score = 0.5 * named if column.filled else 0.45 * named
        return Candidate(
            attribute.name, table, column.name, score, (f"name {named:.2f}", "no values prove it")
        )
    best = max(
        each.score
        for each in landscape.discovery.relations
        if (each.table, each.column) == (table, column.name)
    )
    score = 0.5 * relation.score + 0.38 * named + (0.14 if relation.score >= best else 0.0)
    return Candidate(
        attribute.name,
        table,
        column.name,
        min(1.0, round(score, 3)),
        (f"name {named:.2f}", f"points at {target}: {relation.reason}"),
    )


def _take_parts_of_names(
    landscape: Landscape, seat: Seat, own: Mapping[str, Sequence[Candidate]], chosen: dict[str, Candidate]
) -> None:
    """One column with whole names, ``Family, Given M``, serves the three attributes at once."""
    if "last_name" not in own or (chosen.get("last_name") is not None and chosen["last_name"].score > 0.6):
        return
    for column in landscape.tables[seat.table]:
        if column.share("full_name") > 0.6 and column.broad == "text":
            for name in _NAME_PARTS:
                if name in own and (
                    name != "middle_name" or _have_middle_names(landscape, seat.table, column.name)
                ):
                    chosen[name] = Candidate(
                        name,
                        seat.table,
                        column.name,
                        0.78,
                        (f"{column.share('full_name'):.0%} are whole names, family name first",),
                    )
            return


def _have_middle_names(landscape: Landscape, table: str, column: str) -> bool:
    """Whether one whole name in twenty has more than a family and a given name."""
    names = [
        str(value).partition(",")[2].split()
        for value in landscape.discovery.sampled_values(table, column)
        if value
    ]
    return sum(len(given) > 1 for given in names) > 0.05 * len(names)


def _beyond(seating: Seating, seat: Seat, attributes: Sequence[str]) -> dict[str, list[Candidate]]:
    """Candidates in tables that the entity's rows lead to, one row each."""
    landscape = seating.landscape
    shared = [entity for entity, other in seating.seats.items() if other.table == seat.table]
    closed = set(closed_tables(seating, shared))
    if seat.entity == "custom_finding":
        closed.discard(seating.table_of("finding_definition") or "")
    catalogue = ENTITIES[seat.entity].attributes
    found: dict[str, list[Candidate]] = {name: [] for name in attributes}
    for way, table, trust in landscape.extensions(seat.table, sorted(closed)):
        hop = (way[0].table if way else "", len(way))
        if landscape.reached(seat.table, way) < _FEW_REACHED:
            continue
        for name in attributes:
            attribute = catalogue[name]
            if attribute.refers_to is not None or name in ("created_at", "modified_at"):
                continue
            for column in table:
                is_code = attribute.kind is Kind.CODE
                if (column.name in table.key and column.broad != "text") or (
                    column.name in landscape.relations_of(table.name) and not is_code
                ):
                    continue
                if (
                    attribute.kind in (Kind.CODE, Kind.BOOLEAN)
                    and hop[1] > 1
                    and not _is_plain(landscape, seat.entity, attribute, table.name, column)
                ):
                    continue
                candidate = _candidate_beyond(seating, seat, attribute, table.name, column, way, trust)
                if candidate is not None:
                    found[name].append(candidate)
    return {name: sorted(each, key=lambda one: -one.score)[:4] for name, each in found.items()}


_FEW_REACHED = 0.05
"""Share of an entity's rows below which a way leads to the rows of others, such as persons from offices."""

_PLAIN = 0.85
"""How much a name must say of a code that lies several joins away."""


def _is_plain(
    landscape: Landscape, entity: str, attribute: Attribute, table: str, column: ColumnFacts
) -> bool:
    return landscape.evidence(entity, attribute, table, column).name >= _PLAIN


_SPEAKS_AGAINST = -0.5
"""What values count that another table's name column may not have to be taken for the attribute."""


def _candidate_beyond(
    seating: Seating,
    seat: Seat,
    attribute: Attribute,
    table: str,
    column: ColumnFacts,
    way: tuple[Step, ...],
    trust: float,
) -> Candidate | None:
    landscape = seating.landscape
    spelled = landscape.spelled(table, column.name)
    evidence = landscape.evidence(seat.entity, attribute, table, column)
    score = evidence.score
    first = way[0]
    pointing = next(iter(first.on))
    # Where the column that leads there is called what is looked for, the other table's name column is meant.
    led = phrase_score(
        landscape.spelled(seat.table, pointing),
        attribute_phrases(seat.entity, attribute.name),
        entity_context(seat.entity) | landscape.table_words(seat.table),
    )
    texts = [
        each for each in landscape.tables[table] if each.broad == "text" and each.filled and each.distinct > 1
    ]
    own_words = tuple(sorted(landscape.table_words(table)))
    label = (
        0.9
        if texts == [column]
        else phrase_score(
            spelled,
            (
                ((*own_words, "name"), 0.95),
                (("name",), 1.0),
                (("description",), 0.95),
                (("label",), 0.95),
                (("title",), 0.9),
                (("text",), 0.6),
            ),
            landscape.table_words(table),
        )
    )
    names_a_row = landscape.relation_to(seat.table, pointing, first.table) is not None
    is_text = attribute.kind is Kind.TEXT and column.broad == "text" and evidence.value > _SPEAKS_AGAINST
    if is_text and names_a_row and led >= 0.7 and label >= 0.6:
        score = max(score, 0.76 * led * label + 0.1)
    score = score * (0.75 + 0.25 * trust) * 0.93 ** (len(way) - 1)
    if score < 0.3:
        return None
    return Candidate(
        attribute.name,
        table,
        column.name,
        round(score, 3),
        (*evidence.reasons, f"through {' and '.join(step.table for step in way)}"),
        way,
    )


def _line(
    landscape: Landscape,
    seat: Seat,
    attribute: Attribute,
    candidate: Candidate,
    rivals: Sequence[Candidate],
    taken: set[tuple[str, str]],
    trust: float,
) -> ProposedLine:
    column = landscape.tables[candidate.table].columns[candidate.column]
    reasons = list(candidate.reasons)
    score = candidate.score * trust
    if trust < 1:
        reasons.append(f"the table itself is {seat.score:.2f} sure")
    near = [each for each in rivals if each.score > candidate.score - _CLOSE and each.place not in taken]
    if near:
        score = min(score * 0.9, SURE - 0.02)
        reasons.append(f"{near[0].table}.{near[0].column} fits nearly as well")
    codes: tuple[CodeReading, ...] = ()
    settings: dict[str, Any] = {}
    lookup = candidate.lookup
    if attribute.kind in (Kind.CODE, Kind.BOOLEAN):
        column = _with_all_codes(column, landscape.look.codes(candidate.table, candidate.column))
        codes, sureness = read_codes(
            landscape, seat.entity, attribute, landscape.tables[candidate.table], column
        )
        if column.filled and (codes or attribute.kind is Kind.CODE):
            score *= 0.55 + 0.45 * sureness
            unread = [code for code in codes if code.ours is None]
            if unread:
                reasons.append(f"{len(unread)} of {len(codes)} codes say nothing that is known")
            elif codes:
                reasons.append(f"codes read from {codes[0].because.partition(':')[0]}")
    if attribute.kind in (Kind.DATE, Kind.MOMENT) and column.broad in ("text", "integer", "number"):
        settings |= _date_settings(column)
    if (
        attribute.kind is Kind.MOMENT
        and not lookup
        and (clock := _time_beside(landscape.tables[candidate.table], column)) is not None
    ):
        settings["time_column"] = clock
        reasons.append(f"the time of day stands in {clock}")
    if attribute.kind is Kind.MOMENT and set(words_of(column.name)) & _UNIVERSAL_TIME:
        settings["zone"] = "UTC"
        reasons.append("its name says UTC")
    if attribute.kind in (Kind.DATE, Kind.MOMENT) and (blank := _blank_dates(landscape, candidate)):
        settings["blank"] = sorted(blank)
    if attribute.name in _NAME_PARTS and column.share("full_name") > 0.6:
        settings["part"] = _NAME_PARTS[attribute.name]
    if attribute.refers_to is not None:
        lookup, score = _to_the_key(landscape, seat, attribute, candidate, score)
    runners = tuple(
        RunnerUp(each.table, each.column, each.score)
        for each in sorted(rivals, key=lambda each: -each.score)[:3]
    )
    return ProposedLine(
        seat.entity,
        attribute.name,
        candidate.table,
        candidate.column,
        round(min(1.0, max(0.0, score)), 3),
        tuple(reasons),
        runners,
        lookup,
        codes,
        settings,
    )


_LENGTHS = frozenset("minutes duration length units stamp timestamp total average".split())
_LAST_TIME = 235_959
"""The latest time of day as a number such as 1430 or 143000."""


def _time_beside(table: TableFacts, day: ColumnFacts) -> str | None:
    """The one column with times of day of a table whose moments are days alone; None if there are several."""
    has_clock = day.share("clock") > 0 and day.share("midnight") < _ALL_MIDNIGHT
    if has_clock or not day.filled:
        return None
    found = []
    for column in table:
        said = set(words_of(column.name))
        if column.name == day.name or not column.filled or "date" in said or said & _LENGTHS:
            continue
        is_number = column.broad == "integer" and column.distinct > 1 and _is_clock_number(column)
        is_text = column.broad == "text" and column.share("clock") > _ALL_MIDNIGHT and column.longest <= 11
        if column.broad == "time" or ("time" in said and (is_number or is_text)):
            found.append(column.name)
    return found[0] if len(found) == 1 else None


_ALL_MIDNIGHT = 0.95


def _is_clock_number(column: ColumnFacts) -> bool:
    return (column.lowest or 0) >= 0 and _FIRST_TIME < (column.highest or 0) <= _LAST_TIME


_FIRST_TIME = 600
"""The highest number of a column of times is no lower: a practice that works until after six."""


def _with_all_codes(column: ColumnFacts, counts: Mapping[str, int] | None) -> ColumnFacts:
    """The column with every code of the whole table, not only those of the sample."""
    return column if not counts or not column.codes else replace(column, codes=dict(counts))


def _date_settings(column: ColumnFacts) -> dict[str, str]:
    """How a date in a text is written, where it is not ISO; times beside it are not looked for."""
    shares = {form: column.share(f"date_{form}") for form in _DATE_FORMATS}
    form = max(shares, key=lambda each: shares[each])
    if shares[form] < 0.5:
        return {}
    pattern = _DATE_FORMATS[form]
    if column.share("clock") > 0.5 and column.share("half_day") > 0.5:
        pattern += " %I:%M:%S %p" if column.mean_length > 20 else " %I:%M %p"
    elif column.share("clock") > 0.5:
        pattern += " %H:%M:%S" if column.mean_length > 17 else " %H:%M"
    return {"format": pattern}


def _blank_dates(landscape: Landscape, candidate: Candidate) -> set[str]:
    values = landscape.discovery.sampled_values(candidate.table, candidate.column)
    texts = {plain_text(value).strip() for value in values if value is not None}
    return {text[:10] for text in texts if PATTERNS["blank_date"](text)} | (texts & _NO_DAY)


def _to_the_key(
    landscape: Landscape, seat: Seat, attribute: Attribute, candidate: Candidate, score: float
) -> tuple[tuple[Step, ...], float]:
    """A reference by another unique column than the key goes through the other table to its key."""
    relation = next(
        (
            each
            for each in landscape.discovery.relations
            if (each.table, each.column) == candidate.place and each.score == _best(landscape, candidate)
        ),
        None,
    )
    if relation is None:
        return (), score
    target = landscape.tables.get(relation.to_table)
    if target is None or len(target.key) != 1 or target.key[0] == relation.to_column:
        return (), score
    return (Step(relation.to_table, {candidate.column: relation.to_column}),), score


def _best(landscape: Landscape, candidate: Candidate) -> float:
    found: list[Relation] = [
        each for each in landscape.discovery.relations if (each.table, each.column) == candidate.place
    ]
    return max(each.score for each in found)


def is_forbidden(column: ColumnFacts) -> bool:
    """Columns that no line ever reads."""
    return is_social_security(column)
