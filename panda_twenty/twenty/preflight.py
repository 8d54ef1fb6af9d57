"""Twenty's half of the preflight page: each fact judged, with what to do. No call is made here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import httpx

from panda_twenty.preflight.line import Line, listed, passed, stopped, warned
from panda_twenty.twenty.automations import Automation
from panda_twenty.twenty.client import is_loopback
from panda_twenty.twenty.data_model import CreateField, CreateObject, DataModelPlan
from panda_twenty.twenty.errors import RoleTooWeak, TwentyError
from panda_twenty.twenty.rate_limit import Bucket
from panda_twenty.twenty.server_facts import ServerFacts
from panda_twenty.twenty.standing import Collisions, MeasuredLimit, StandingRecords
from panda_twenty.twenty.workspace import Workspace

SLOW_SECONDS = 2.0
EXPIRES_SOON = timedelta(days=30)
RECORD_LIMIT = 10_000_000
"""WORKSPACE_RECORD_LIMIT of newer servers, as they ship; an operator may set another."""
NEARLY_FULL = 0.8
MANY_FIELDS = 400
"""Each further field makes every later change of the data model slower (measured up to 800 fields)."""
MOST_COLUMNS = 1600
"""PostgreSQL's limit for a table; Twenty makes a column or more of every field."""
CLOUD = "twenty.com"


def reachable_line(url: str, seconds: float) -> Line:
    """That a Twenty answers, and how fast."""
    code, title = "twenty_reachable", "Reaching Twenty"
    found = f"{url} answered in {seconds * 1000:,.0f} ms."
    if seconds > SLOW_SECONDS:
        return warned(
            code, title, found, "Look at the server's load and at the way there: calls take longer."
        )
    return passed(code, title, found)


def refused_line(problem: TwentyError) -> Line:
    """Why Twenty cannot be used at all."""
    if isinstance(problem, RoleTooWeak):
        return stopped("key_role", "Role of the API key", str(problem), problem.advice)
    return stopped("twenty_reachable", "Reaching Twenty", str(problem), problem.advice)


def transport_line(url: str) -> Line:
    """Whether records cross the network encrypted."""
    code, title = "twenty_encryption", "Encryption of the way to Twenty"
    address = httpx.URL(url)
    if address.scheme == "https":
        return passed(code, title, "https, and the certificate is checked.")
    if is_loopback(address.host):
        return passed(code, title, "http, to this very machine; nothing crosses a network.")
    return warned(
        code,
        title,
        f"Plain http to {address.host}: whoever listens on the network reads patient data and the API key.",
        "Put Twenty behind https, or run the migration on the same machine.",
    )


def cloud_line(url: str) -> Line:
    """Whether the records would lie with Twenty's own cloud."""
    code, title = "cloud_host", "Who keeps the records"
    host = httpx.URL(url).host.lower()
    if host == CLOUD or host.endswith(f".{CLOUD}"):
        return stopped(
            code,
            title,
            f"{host} is Twenty's cloud: another company would keep patient data.",
            "That takes a business associate agreement with it. Run your own Twenty, or set "
            "PANDA_BUSINESS_ASSOCIATE_AGREEMENT=true if there is one; the ledger notes who said so.",
        )
    return passed(code, title, f"{host}, which is not Twenty's cloud.")


def role_line(server: ServerFacts) -> Line:
    """That the key's role may do all that a migration does."""
    code, title = "key_role", "Role of the API key"
    if server.role is None:
        return warned(
            code,
            title,
            "Twenty accepts the key; its role could not be read. Objects and records could.",
            "Make sure in Twenty, under Settings, APIs & Webhooks, that the key has the role Admin.",
        )
    return passed(
        code, title, f"{server.role}: may change the data model and read, write, delete and destroy records."
    )


def expiry_line(expires: datetime | None, now: datetime, hours: float) -> Line:
    """That the key outlives the migration; ``hours`` is how long that will take."""
    code, title = "key_expiry", "Life of the API key"
    if expires is None:
        return warned(code, title, "The key does not say when it ends.", "Look in Twenty, under Settings.")
    left = expires - now
    found = f"Ends on {expires:%Y-%m-%d}, in {max(0, left.days):,} days."
    advice = "Create a key that lives longer in Twenty under Settings, APIs & Webhooks."
    if left < timedelta(hours=hours):
        return stopped(code, title, f"{found} The migration takes about {hours:,.1f} hours.", advice)
    if left < EXPIRES_SOON:
        return warned(code, title, found, advice)
    return passed(code, title, found)


def version_line(version: str | None, workspace: Workspace, records_per_call: int) -> Line:
    """The server's version, and the features by which versions differ."""
    code, title = "twenty_version", "Version of Twenty"
    note, link = workspace.objects.get("note"), workspace.objects.get("noteTarget")
    told = f"Version {version}" if version else "The server does not tell its version"
    body = note.fields.get("bodyV2") if note else None
    links = sorted(link.join_columns) if link else []
    found = (
        f"{told}. Note bodies are of type {body.type if body else 'unknown'}, notes are linked by "
        f"{'targetPersonId' if 'targetPersonId' in links else listed(links) or 'nothing'}; "
        f"{records_per_call} records go into a call."
    )
    if body is None or "targetPersonId" not in links:
        return warned(
            code,
            title,
            found,
            "Older than what this tool was measured against (2.21): update Twenty, or try the sample first.",
        )
    return passed(code, title, found)


def rate_limit_line(calls_per_minute: int, bucket: Bucket, measured: MeasuredLimit | None) -> Line:
    """The pace of calls: as configured, as the limiter has found it, and as measured where that was asked."""
    code, title = "rate_limit", "Rate limit"
    found = f"Set to {calls_per_minute} calls a minute."
    if bucket.slowdown > 1.005:
        found += f" Twenty refused calls lately: the pace is {bucket.slowdown - 1:.0%} slower now."
    if measured is None:
        return passed(code, title, found, "`panda-twenty preflight --probe-rate-limit` measures it.")
    if measured.calls_per_minute is None:
        found += f" {measured.calls_before_refusal} calls in a row went through without a refusal that told."
        return passed(
            code, title, found, "A higher PANDA_TWENTY_CALLS_PER_MINUTE would make the migration faster."
        )
    rate = measured.calls_per_minute
    found += f" Twenty allows {rate:,.0f}: it refused after {measured.calls_before_refusal} calls in a row."
    if rate < calls_per_minute:
        return warned(
            code,
            title,
            found,
            f"Set PANDA_TWENTY_CALLS_PER_MINUTE={rate:.0f}, or raise the limit of the server.",
        )
    advice = f"PANDA_TWENTY_CALLS_PER_MINUTE={rate:.0f} would be faster." if rate > calls_per_minute else ""
    return passed(code, title, found, advice)


def standing_line(standing: Sequence[StandingRecords]) -> Line:
    """Records that are there already, in the objects that the mapping writes to."""
    code, title = "standing_records", "Records that are there already"
    others = [f"{each.object} {each.others:,}" for each in standing if each.others]
    deleted = [f"{each.object} {each.deleted:,}" for each in standing if each.deleted]
    ours = sum(each.in_ledger for each in standing)
    told = []
    if others:
        told.append(f"{sum(each.others for each in standing):,} records of others: {listed(others, 20)}.")
    if ours:
        told.append(f"{ours:,} of this migration.")
    if deleted:
        told.append(f"Soft-deleted: {listed(deleted, 20)}.")
    found = " ".join(told) or "None in the objects that the mapping writes to."
    if others:
        return warned(
            code,
            title,
            found,
            "They stay as they are. Remove samples and old trials in Twenty first if they should not stand "
            "beside the practice's records.",
        )
    return passed(code, title, found)


def own_ids_line(standing: Sequence[StandingRecords]) -> Line:
    """Records under ids of ours that this ledger does not know."""
    code, title = "own_ids", "Records of an earlier migration"
    found = [f"{each.object} {each.own_unknown:,}" for each in standing if each.own_unknown]
    if found:
        return warned(
            code,
            title,
            f"Records with PANDA ids of this practice that this ledger did not write: {listed(found)}.",
            "Another data folder or a lost ledger wrote them. They will be updated in place, and "
            "soft-deleted ones come back; use that ledger, or destroy them in Twenty to begin afresh.",
        )
    return passed(code, title, "None that this ledger does not know.")


def collisions_line(collisions: Sequence[Collisions]) -> Line:
    """Unique values of the practice that other records hold already."""
    code, title = "collisions", "Unique values that are taken"
    taken = [
        f"{each.object}.{each.field}: {each.live:,} by live and {each.deleted:,} by soft-deleted records, "
        f"which go to {each.beside}"
        for each in collisions
        if each.live or each.deleted
    ]
    shared = [
        f"{each.shared:,} values of {each.object}.{each.field} are shared within the practice"
        for each in collisions
        if each.shared
    ]
    if taken:
        return warned(
            code,
            title,
            f"{'; '.join([*taken, *shared])}.",
            "Nobody is merged: the practice's record keeps the value in the field beside. Destroy the "
            "soft-deleted records in Twenty, or take the value from the live ones, if ours should hold it.",
        )
    rest = f" {'; '.join(shared)}: the first keeps it, the others get the field beside." if shared else ""
    return passed(code, title, f"No record of others holds one.{rest}")


def record_cap_line(standing: Sequence[StandingRecords], planned: Mapping[str, int]) -> Line:
    """Records there and planned against what a workspace may hold."""
    code, title = "record_cap", "Number of records"
    there = sum(each.total for each in standing)
    known = {each.object: each.in_ledger + each.own_unknown for each in standing}
    more = sum(max(0, number - known.get(name, 0)) for name, number in planned.items())
    found = f"{there:,} there and about {more:,} to come; newer servers allow {RECORD_LIMIT:,}."
    advice = "Raise WORKSPACE_RECORD_LIMIT on the server, or leave out what the practice does not need."
    if there + more > RECORD_LIMIT:
        return stopped(code, title, found, advice)
    if there + more > RECORD_LIMIT * NEARLY_FULL:
        return warned(code, title, found, advice)
    return passed(code, title, found)


def automations_line(found: Sequence[Automation], *, may_pause: bool) -> Line:
    """Workflows and webhooks that imported records would set off."""
    code, title = "automations", "Workflows and webhooks"
    if not found:
        return passed(code, title, "None reacts to the objects that the mapping writes to.")
    told = " ".join(each.sentence for each in found[:6])
    if may_pause:
        return warned(
            code,
            title,
            told,
            "The run pauses them and puts them back.",
        )
    return stopped(
        code,
        title,
        told,
        "Switch them off in Twenty, or let the run pause them and put them back with "
        "PANDA_TWENTY_PAUSE_AUTOMATIONS=true.",
    )


def data_model_line(plan: DataModelPlan) -> Line:
    """What has to be created, and what stands in the way."""
    code, title = "data_model", "Data model"
    objects = sum(isinstance(step, CreateObject) for step in plan.steps)
    fields = sum(isinstance(step, CreateField) for step in plan.steps)
    there = len(plan.unchanged) + len(plan.adopted)
    if plan.conflicts:
        return stopped(
            code,
            title,
            f"{len(plan.conflicts)} conflicts. {' '.join(each.sentence for each in plan.conflicts[:5])}",
            "Settle them in Twenty under Settings, Data model, or change the mapping.",
        )
    if not plan.steps:
        return passed(code, title, f"Everything is there: {there:,} objects and fields.")
    found = f"{objects} objects and {fields:,} fields are to be created; {there:,} are there."
    return passed(code, title, found)


def fields_line(workspace: Workspace, plan: DataModelPlan) -> Line:
    """Fields per object, there and to come, against the database's limit."""
    code, title = "fields_budget", "Fields per object"
    coming = Counter(step.object_name for step in plan.steps if isinstance(step, CreateField))
    names = set(coming) | {place.partition(".")[0] for place in (*plan.unchanged, *plan.adopted)}
    fields: dict[str, int] = {}
    for name in names:
        facts = workspace.objects.get(name)
        fields[name] = (len(facts.fields) if facts else 0) + coming[name]
    if not fields:
        return passed(code, title, "The mapping needs none.")
    widest, most = max(fields.items(), key=lambda each: (each[1], each[0]))
    found = f"The widest is {widest} with {most:,}; the database's limit is {MOST_COLUMNS:,} columns."
    if most >= MOST_COLUMNS:
        return stopped(code, title, found, "Map fewer fields: choices.custom_field_budget is one way.")
    if most > MANY_FIELDS:
        return warned(
            code,
            title,
            found,
            "Every later change of the data model will be slow; map what people filter on.",
        )
    return passed(code, title, found)


def members_line(assigned: Mapping[str, str], members: Collection[str], providers: int | None) -> Line:
    """Workspace members whom providers' tasks are assigned to. Only numbers: members are people."""
    code, title = "workspace_members", "Workspace members"
    unknown = [provider for provider, member in assigned.items() if member not in members]
    there = f"The workspace has {len(members)} member{'' if len(members) == 1 else 's'}"
    if unknown:
        return stopped(
            code,
            title,
            f"{there}; the mapping assigns providers {listed(unknown)} to members who are not among them.",
            "Correct choices.workspace_members in your mapping: a task for an unknown member is refused.",
        )
    of = "" if providers is None else f" of {providers}"
    found = f"{there}; tasks of {len(assigned)}{of} providers are assigned to one."
    if not assigned:
        return warned(
            code,
            title,
            found,
            "Appointments come without an assignee. Invite the providers to Twenty and name them under "
            "choices.workspace_members in your mapping, if tasks should be theirs.",
        )
    return passed(code, title, found)
