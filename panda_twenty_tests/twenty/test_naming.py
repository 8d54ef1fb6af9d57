"""GraphQL names, as a real Twenty 2.21 answered to them."""

from __future__ import annotations

import pytest

from panda_twenty.twenty.naming import camel_case, graphql_names


@pytest.mark.parametrize(
    ("singular", "plural", "graphql_singular", "graphql_plural"),
    [
        ("person", "people", "person", "people"),
        ("noteTarget", "noteTargets", "noteTarget", "noteTargets"),
        ("probe1x", "probe1xs", "probe1X", "probe1Xs"),
        ("probeABC", "probeABCs", "probeAbc", "probeAbCs"),
        ("probeq1", "probeq1s", "probeq1", "probeq1S"),
    ],
)
def test_digits_and_runs_of_capitals_change_the_name(
    singular: str, plural: str, graphql_singular: str, graphql_plural: str
) -> None:
    names = graphql_names(singular, plural)
    assert (names.singular, names.plural) == (graphql_singular, graphql_plural)


def test_root_fields_are_built_from_both_names() -> None:
    names = graphql_names("person", "people")
    assert names.type_name == "Person"
    assert names.create_many == "createPeople"
    assert (names.delete_many, names.destroy_many, names.restore_many) == (
        "deletePeople",
        "destroyPeople",
        "restorePeople",
    )


def test_a_reverse_field_is_named_after_its_label() -> None:
    assert camel_case("Lab orders") == "labOrders"
    assert camel_case("Visits qx") == "visitsQx"
