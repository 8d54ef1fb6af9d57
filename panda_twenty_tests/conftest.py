"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Time is measured by benchmarks; beside other tests on the same cores an example may take its time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
