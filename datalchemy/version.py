"""The version of the installed package."""

import os
import sys

_NAME, _SUFFIX = "datalchemy-", ".dist-info"


def tool_version() -> str:
    """Return the version of the installed package, `0+unknown` where it is not installed.

    It is in the name of the folder of the package's metadata; importlib.metadata takes longer than the interpreter.
    """
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208  # without pathlib
        except OSError:  # no folder, such as a zip file
            continue
        for name in names:
            if name.startswith(_NAME) and name.endswith(_SUFFIX):
                return name.removeprefix(_NAME).removesuffix(_SUFFIX)
    return "0+unknown"
