"""What Dagster loads: everything that ``defs`` defines, run step by step in one process.

A step of ours waits for Twenty's rate limit most of its time; a process per step would cost ten times the
start-up and win nothing.
"""

import warnings
from pathlib import Path

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)


@dg.definitions
def defs() -> dg.Definitions:
    """All definitions under ``defs/``."""
    found = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    return dg.Definitions.merge(found, dg.Definitions(executor=dg.in_process_executor))
