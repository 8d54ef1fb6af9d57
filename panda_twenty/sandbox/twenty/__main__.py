"""``python -m panda_twenty.sandbox.twenty DATA_DIRECTORY``: serve the stand-in until interrupted."""

from __future__ import annotations

import argparse
from pathlib import Path

from panda_twenty.sandbox.twenty import RateLimit, serve


def main() -> None:
    parser = argparse.ArgumentParser(description="A local stand-in for Twenty CRM 2.21, on loopback only.")
    parser.add_argument(
        "data_directory", type=Path, help="where the workspace is kept; made where it is missing"
    )
    parser.add_argument("--port", type=int, default=3000, help="0 takes any free port (default: 3000)")
    parser.add_argument("--no-rate-limit", action="store_true", help="never answer that a limit is reached")
    parser.add_argument(
        "--tokens-per-minute", type=int, default=100, help="the long limit (default: 100, as Twenty)"
    )
    parser.add_argument(
        "--tokens-per-second", type=int, default=100, help="the short limit (default: 100, as Twenty)"
    )
    parser.add_argument("--faults", action="store_true", help="allow faults to be set at /sandbox/faults")
    options = parser.parse_args()
    limit = RateLimit(long_tokens=options.tokens_per_minute, short_tokens=options.tokens_per_second)
    serve(
        options.data_directory,
        options.port,
        rate_limit=None if options.no_rate_limit else limit,
        faults=options.faults,
        ready=lambda url, token: print(f"{url}\n{token}", flush=True),
    )


if __name__ == "__main__":
    main()
