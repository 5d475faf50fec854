"""How much the tests try: everything, or a tenth of what is drawn or long, for `make quick`."""

import os

from hypothesis import settings

QUICK = bool(os.environ.get("DATALCHEMY_TEST_QUICK"))


def scaled(number: int) -> int:
    """Return how many examples or characters to try where the whole suite tries `number`."""
    return number // 10 if QUICK else number


def scale_hypothesis() -> None:
    """Give the tests that name no number of examples the scaled one; call it before tests are imported."""
    settings.register_profile("scaled", max_examples=scaled(settings().max_examples))
    settings.load_profile("scaled")
