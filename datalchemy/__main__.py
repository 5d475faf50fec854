"""`python -m datalchemy` is `datalchemy`."""

import sys

from datalchemy.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
