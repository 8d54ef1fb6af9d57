"""One asset per route into a Twenty object: its records loaded, then read back and compared.

The order Companies, People, Treatment plans, Perio exams is the order of the mapping's objects; each asset
depends on the objects before it and on the tables it is made from. Dagster holds to that order within a run;
across runs the ledger does: a record whose parent is not in Twenty waits in quarantine.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import dagster as dg

from panda_twenty.cutover.gone import settle_after_load
from panda_twenty.defs.partitions import patient_ranges, several_ranges_per_run
from panda_twenty.defs.plan_assets import workspace_survey
from panda_twenty.defs.resources import Migration
from panda_twenty.ledger.outcomes import keep_verified
from panda_twenty.mapping.specification import Line, MappingSpecification, Route, split_source
from panda_twenty.memory import give_back
from panda_twenty.progress import Step, announce
from panda_twenty.resuming import GOES_ON_SINCE, VerifiedBefore, verified_before
from panda_twenty.route_verification import keep_verification
from panda_twenty.session import WHOLE, Session
from panda_twenty.stages import load_route
from panda_twenty.twenty.loading import LoadCounts
from panda_twenty.verification.differences import Verification
from panda_twenty.verifying_ranges import verify_ranges

GROUP = "twenty"


def asset_key(route: Route) -> dg.AssetKey:
    return dg.AssetKey(["twenty", route.name])


def fields_match(route: Route) -> dg.AssetCheckSpec:
    """Every field read back from Twenty says what the source says."""
    return dg.AssetCheckSpec(
        "fields_match",
        asset=asset_key(route),
        description="Both ends are read afresh and every field is compared, without the loader's transforms.",
        blocking=True,
        partitions_def=patient_ranges if route.is_patient_scoped else None,
    )


def counts_add_up(route: Route) -> dg.AssetCheckSpec:
    """Every source row is in Twenty or in quarantine."""
    return dg.AssetCheckSpec(
        "counts_add_up",
        asset=asset_key(route),
        description="Source rows = created + updated + unchanged + quarantined.",
        blocking=True,
        partitions_def=patient_ranges if route.is_patient_scoped else None,
    )


def route_asset(mapping: MappingSpecification, route: Route) -> dg.AssetsDefinition:
    """The asset that loads and verifies one route."""

    @dg.asset(
        key=asset_key(route),
        group_name=GROUP,
        kinds={"graphql"},
        description=f"Each {route.entity.replace('_', ' ')} of the practice as a record of {route.object}.",
        deps=[
            workspace_survey,
            *(dg.AssetKey(["panda", entity]) for entity in route.staged_entities()),
            *(asset_key(other) for other in routes_before(mapping, route)),
        ],
        partitions_def=patient_ranges if route.is_patient_scoped else None,
        backfill_policy=several_ranges_per_run if route.is_patient_scoped else None,
        check_specs=[counts_add_up(route), fields_match(route)],
        pool="twenty_api",
        metadata={
            "dagster/column_schema": dg.TableSchema(columns=[_column(line) for line in route.lines]),
            "dagster/column_lineage": _lineage(route),
        },
    )
    def loaded(context: dg.AssetExecutionContext, migration: Migration) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        keys = context.partition_keys if route.is_patient_scoped else [WHOLE]
        counts, verification = LoadCounts(), Verification(route.object)
        files: list[str] = []
        gone = 0
        with migration.open(context.run.run_id) as session:
            known = {each.name: each for each in session.mapping.routes}
            if route.name in known:
                before = verified_before(session, known[route.name], context.run.tags.get(GOES_ON_SINCE))
                loaded_ranges = _load(context, session, known[route.name], keys)
                to_verify = []
                for key in keys:
                    counts.add(loaded_ranges[key])
                    gone += _settled(context, session, known[route.name], key, loaded_ranges[key])
                    if key in before and before[key].holds_after(loaded_ranges[key]):
                        verification.add(
                            _still_verified(context, session, known[route.name], key, before[key])
                        )
                    else:
                        to_verify.append(key)
                for result, file in _verified(context, session, known[route.name], to_verify):
                    verification.add(result)
                    files += [str(file)] if file else []
            else:
                context.log.info("The source profile says that this practice has no such table.")
            allowed = session.settings.panda_twenty_allowed_differences
        give_back()
        yield dg.MaterializeResult(
            metadata={
                **counts.__dict__,
                "gone": gone,
                "dagster/row_count": counts.source - counts.quarantined,
            },
            check_results=[
                dg.AssetCheckResult(
                    passed=counts.adds_up, check_name="counts_add_up", metadata=dict(counts.__dict__)
                ),
                dg.AssetCheckResult(
                    passed=verification.is_within(allowed),
                    check_name="fields_match",
                    severity=dg.AssetCheckSeverity.ERROR,
                    metadata={
                        **({"every difference": dg.MetadataValue.md(_listed(files))} if files else {}),
                        "share allowed to differ": allowed,
                        "verified": verification.verified,
                        "different": verification.different,
                        "missing": verification.missing,
                        "fields compared": verification.fields_compared,
                        "fields that differ": dict(verification.different_fields),
                    },
                ),
            ],
        )

    return loaded


def routes_before(mapping: MappingSpecification, route: Route) -> list[Route]:
    """Routes that must have run: those to earlier objects, and those of this object that it points at."""
    order = [each.name for each in mapping.objects]
    place = order.index(route.object)
    parents = {line.relation.entity for line in route.lines if line.relation}
    return [
        other
        for other in mapping.routes
        if other is not route
        and (
            order.index(other.object) == place - 1
            or (other.entity in parents and other.entity != route.entity)
        )
    ]


def _load(
    context: dg.AssetExecutionContext, session: Session, route: Route, keys: Sequence[str]
) -> Mapping[str, LoadCounts]:
    total = sum(session.stage.rows(route.entity, key) for key in keys)
    span = _span(keys)

    def progress(counts: LoadCounts) -> None:
        done = counts.created + counts.updated + counts.unchanged + counts.quarantined
        announce(Step(f"twenty/{route.name} {span}", done, total))

    loaded = load_route(session, route, keys, progress)
    for key, counts in loaded.items():
        context.log.info(
            f"{key}: {counts.source} rows, {counts.created} created, {counts.updated} updated, "
            f"{counts.unchanged} unchanged, {counts.quarantined} quarantined"
        )
    return loaded


def _span(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} to {keys[-1]}"


def _settled(
    context: dg.AssetExecutionContext, session: Session, route: Route, key: str, counts: LoadCounts
) -> int:
    """Mark what an earlier run brought and the practice has deleted since. Returns how many records."""
    if gone := settle_after_load(session, route, key, counts):
        context.log.info(f"{key}: {gone} gone from the practice")
    return gone


def _still_verified(
    context: dg.AssetExecutionContext, session: Session, route: Route, key: str, before: VerifiedBefore
) -> Verification:
    keep_verified(session.ledger, route.name, key, route.object, before.verified, before.details, before.at)
    context.log.info(f"{key}: verified before the migration was cut off, and nothing written since")
    return Verification.from_counts(route.object, before.details)


def _listed(files: list[str]) -> str:
    return "\n".join(f"- `{file}`" for file in files)


def _verified(
    context: dg.AssetExecutionContext, session: Session, route: Route, keys: Sequence[str]
) -> Iterator[tuple[Verification, Path | None]]:
    """What the comparison of each range found, and the file of the differences if there are any."""
    total = sum(session.stage.rows(route.entity, key) for key in keys)

    def progress(rows: int) -> None:
        announce(Step(f"verify {route.name} {_span(keys)}", rows, total))

    for each in verify_ranges(session, route, keys, progress):
        key, result = each.range_key, each.verification
        file = keep_verification(session, route, key, result, each.began, result.counts())
        context.log.info(
            f"{key}: {result.verified} verified, {result.different} different, {result.missing} missing"
        )
        yield result, file


def _column(line: Line) -> dg.TableColumn:
    kind = "RELATION" if line.relation else line.type or "(Twenty's own)"
    return dg.TableColumn(line.field, kind, description=line.description or line.label)


def _lineage(route: Route) -> dg.TableColumnLineage:
    """Which attribute of which table each field comes from."""
    deps: dict[str, list[dg.TableColumnDep]] = {}
    for line in route.lines:
        for path in line.source:
            join, attribute = split_source(path)
            entity = route.joins[join].entity if join else route.entity
            deps.setdefault(line.field, []).append(
                dg.TableColumnDep(dg.AssetKey(["panda", entity]), attribute)
            )
    return dg.TableColumnLineage(deps)
