"""The settings of a sweep, `sweep.*`: of many runs, not of one. Without Hydra, whose values they are not."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datalchemy.errors import ConfigurationError

_Count = Annotated[int | None, Field(ge=1)]


class SweepSettings(BaseModel):
    """`sweep`: how many runs a sweep does side by side, in all and on one server (host and port)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    workers: _Count = None
    per_server: _Count = None


def load_sweep_settings(values: Any) -> SweepSettings:
    """Check plain data against the settings of a sweep and return them.

    Raises:
        ConfigurationError: a key does not exist, or is no number from 1.
    """
    try:
        return SweepSettings.model_validate(values)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, ("sweep", *fault["loc"]))) for fault in error.errors(include_input=False))
    raise ConfigurationError(f"{wrong}: a number from 1 is expected", remedy="sweep.workers=8, sweep.per_server=2")
