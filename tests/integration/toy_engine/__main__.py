"""`python -m tests.integration.toy_engine` is `datalchemy` with one engine more."""

import sys

from datalchemy import adapters
from datalchemy.cli.main import main
from tests.integration.toy_engine import ENGINE

adapters.ENGINES = (*adapters.ENGINES, ENGINE)  # the one line

if __name__ == "__main__":
    sys.exit(main())
