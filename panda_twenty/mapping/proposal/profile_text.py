"""A proposal as the source profile's YAML, with comments that a person can work with.

Every line tells its score and what else was considered; lines that are not sure enough to be used are there
as comments. What is written is a whole source profile: edited or not, it is what gets confirmed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from panda_twenty.mapping.proposal.model import SURE, Proposal, ProposedEntity, ProposedLine, Step
from panda_twenty.panda.entities import ENTITIES


def profile_text(proposal: Proposal) -> str:
    """The profile as YAML text, ending in a line break."""
    return "\n".join([*_head(proposal), *_entities(proposal), ""])


def _head(proposal: Proposal) -> Iterator[str]:
    lines = list(proposal.lines())
    sure = sum(line.score >= SURE for line in lines)
    yield (
        "# A source profile that panda-twenty proposes for this practice. It says where everything "
        "lives in the"
    )
    yield "# database; nothing of it is used before a person confirms it (panda-twenty confirm --by NAME)."
    yield (
        f"# {len(lines)} lines: {sure} sure (0.80 and more), {len(lines) - sure} to look at. The "
        "number behind a line is"
    )
    yield "# its score from 0 to 1; lines that begin with # are not used: take the # away to use them."
    for remark in proposal.remarks:
        yield f"# - {remark}"
    yield ""
    yield "profile: proposed"
    yield f"practice: {_text(proposal.practice)}     # part of every record's id: change it now or never"
    yield f"time_zone: {_text(proposal.time_zone)}"
    if proposal.questions:
        yield ""
        yield (
            "# Nothing can be confirmed while a question stands here. Answer it where it says, then "
            "delete it."
        )
        yield "open_questions:"
        for each in proposal.questions:
            if each.evidence:
                yield f"  # {each.evidence}"
            yield f"  - {_text(f'{each.about}: {each.question}')}"
    whole = [each for each in proposal.not_read if not each.column]
    if whole:
        yield ""
        yield "tables_not_read:"
        for left in whole:
            yield f"  {_text(left.table)}: {_text(left.reason)}"


def _entities(proposal: Proposal) -> Iterator[str]:
    yield ""
    yield "entities:"
    for entity in proposal.entities:
        yield from _entity(proposal, entity)
        yield ""


def _entity(proposal: Proposal, entity: ProposedEntity) -> Iterator[str]:
    yield f"  {entity.entity}:"
    others = ", ".join(f"{each.table} {each.score:.2f}" for each in entity.runners_up)
    yield f"    # {entity.score:.2f}: {'; '.join(entity.reasons)}" + (
        f". Also considered: {others}" if others else ""
    )
    yield f"    table: {_text(entity.table)}"
    yield f"    key: {_flow(list(entity.key) if len(entity.key) > 1 else entity.key[0])}"
    if entity.parents:
        yield "    parents:"
        for step in entity.parents:
            yield f"      - {_flow({'table': step.table, 'on': dict(step.on)})}"
    if entity.range is not None:
        yield f"    range: {_text(entity.range)}"
    if entity.modified is not None:
        yield f"    modified: {_text(entity.modified)}"
    if entity.where:
        yield "    where:"
        yield from (f"      - {_flow(condition)}" for condition in entity.where)
    own = [
        line
        for line in entity.lines
        if line.attribute not in ("key", "patient_key")
        and not line.attribute.startswith(("teeth.", "chart."))
    ]
    used = [line for line in own if line.is_usable]
    if used or entity.entity == "perio_chart":
        yield "    attributes:"
        for line in used:
            yield from _line(line)
    for line in own:
        if not line.is_usable:
            yield from (f"    #  {text.strip()}" for text in _line(line))
    without = [
        name
        for name, attribute in ENTITIES[entity.entity].attributes.items()
        if entity.line(name) is None
        and name not in ("key", "patient_key", "teeth")
        and attribute.refers_to != "referring_practice"
    ]
    if without:
        yield f"    # found nowhere: {', '.join(without)}"
    if entity.chart is not None:
        yield from _chart(entity)
    left = [each for each in proposal.not_read if each.table == entity.table and each.column]
    first = next(each for each in proposal.entities if each.table == entity.table)
    if first is not entity:
        return
    settled = [each for each in left if not each.is_undecided]
    if settled:
        yield "    not_read:"
        for each in settled:
            yield f"      {_text(each.column)}: {_text(each.reason)}"
    if len(settled) < len(left):
        # Listed as not read, such a column could not be read once the # before its line is taken away.
        yield "    # undecided, and not read while nothing above or in not_read names them:"
        for each in left:
            if each.is_undecided:
                yield f"    #  {_text(each.column)}: {_text(each.reason)}"


def _line(line: ProposedLine) -> Iterator[str]:
    comment = f"  # {line.score:.2f}"
    others = [each for each in line.runners_up if each.score >= 0.4]
    if line.score < SURE:
        comment += f": {'; '.join(line.reasons)}"
        if others:
            comment += (
                f". Also: {', '.join(f'{each.table}.{each.column} {each.score:.2f}' for each in others)}"
            )
    comment = comment.replace("\n", " ").replace("\r", " ")
    settings: dict[str, Any] = dict(line.settings)
    if line.column:
        settings = {"column": line.column, **settings}
    if line.lookup:
        settings["lookup"] = [_step(step) for step in line.lookup]
        if line.attribute.endswith("_key"):
            settings["column"] = _key_behind(line)
    codes = {code.theirs: code.ours for code in line.codes if code.ours is not None}
    unread = [code.theirs for code in line.told_codes if code.ours is None]
    hidden = len(line.codes) - len(line.told_codes)
    if codes:
        settings["codes"] = codes
    if unread:
        comment += f". Not known: {', '.join(unread)}"
    if hidden:
        comment += f". {hidden} different values that are not known"
    if list(settings) == ["column"]:
        yield f"      {line.attribute}: {_text(line.column)}{comment}"
    else:
        yield f"      {line.attribute}: {_flow(settings)}{comment}"


def _key_behind(line: ProposedLine) -> str:
    """For a reference by another unique column: the key of the table that it leads to."""
    return str(line.settings.get("key_behind", line.column))


def _step(step: Step) -> dict[str, Any]:
    return {"table": step.table, "on": dict(step.on)}


def _chart(entity: ProposedEntity) -> Iterator[str]:
    yield "    chart:"
    reasons = {
        line.attribute.partition(".")[2]: line for line in entity.lines if line.attribute.startswith("chart.")
    }
    for name, value in (entity.chart or {}).items():
        said = reasons.get(name)
        comment = f"  # {said.score:.2f}: {said.reasons[0]}" if said is not None else ""
        yield f"      {name}: {_flow(value)}{comment}"


def _text(text: str) -> str:
    return (
        json.dumps(text, ensure_ascii=False)
        if not text.isidentifier()
        or text.lower() in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
        else text
    )


def _flow(value: Any) -> str:
    """One line of YAML; every scalar is read as text again."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(str(key))}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(str(value))
