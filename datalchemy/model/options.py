"""What a run captures only where it is asked to."""

from pydantic import Field

from datalchemy.model.base import FrozenModel


class CaptureOptions(FrozenModel):
    """Facts that are captured on demand. None of them is counted in the fingerprint."""

    function_source: bool = Field(False, description="Whether the sources of functions are in schema.json.")
    privileges: bool = Field(False, description="Whether owners, grants and default privileges are in schema.json.")


DEFAULT_CAPTURE = CaptureOptions()
"""Nothing is asked for."""
