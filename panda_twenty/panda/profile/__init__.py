"""The source profile: where each entity lives in one practice's database, as data that a person can edit."""

from panda_twenty.panda.profile.chart import (
    AspectRows,
    ChartSource,
    MeasureRows,
    Packed,
    PackedRows,
    SiteRows,
    ToothRows,
    Wide,
)
from panda_twenty.panda.profile.checking import check_profile
from panda_twenty.panda.profile.loading import built_in_profiles, load_profile, parse_profile
from panda_twenty.panda.profile.model import AttributeSource, EntitySource, Filter, Join, SourceProfile

__all__ = [
    "AspectRows",
    "AttributeSource",
    "ChartSource",
    "EntitySource",
    "Filter",
    "Join",
    "MeasureRows",
    "Packed",
    "PackedRows",
    "SiteRows",
    "SourceProfile",
    "ToothRows",
    "Wide",
    "built_in_profiles",
    "check_profile",
    "load_profile",
    "parse_profile",
]
