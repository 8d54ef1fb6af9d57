"""What assets work with. No secret passes through Dagster: settings are read where they are used."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from panda_twenty.defs.failures import as_failure
from panda_twenty.defs.orphans import note_process
from panda_twenty.session import Session, open_session
from panda_twenty.settings import read_settings


class Migration(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Opens a session for a run from the environment or ``.env``; see the README for the settings."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Before the run waits for a slot: from here on it can be told whether its process lives."""
        if context.instance is not None and context.run is not None:
            note_process(context.instance, context.run.run_id)

    @contextmanager
    def open(self, run_id: str) -> Iterator[Session]:
        """A session for the run. What goes wrong inside becomes a failure with advice and without values."""
        with as_failure(), open_session(read_settings(), run_id) as session:
            yield session


@dg.definitions
def resources() -> dg.Definitions:
    return dg.Definitions(resources={"migration": Migration()})
