"""Tests that run Dagster in this process."""

from __future__ import annotations

from panda_twenty_tests.kept_engines import keep_engines

keep_engines()
