"""The data model that a migration needs in Twenty: what is wanted, what is missing, and how it gets there.

``shapes`` describes what is wanted, ``names`` holds the rules that can be checked beforehand, ``planning``
compares with the workspace, ``applying`` carries a plan out step by step.
"""

from panda_twenty.twenty.data_model.applying import apply_data_model
from panda_twenty.twenty.data_model.planning import (
    AddOptions,
    Conflict,
    CreateField,
    CreateObject,
    DataModelPlan,
    Step,
    describe,
    plan_data_model,
)
from panda_twenty.twenty.data_model.shapes import FieldModel, ObjectModel, Option, RelationModel

__all__ = [
    "AddOptions",
    "Conflict",
    "CreateField",
    "CreateObject",
    "DataModelPlan",
    "FieldModel",
    "ObjectModel",
    "Option",
    "RelationModel",
    "Step",
    "apply_data_model",
    "describe",
    "plan_data_model",
]
