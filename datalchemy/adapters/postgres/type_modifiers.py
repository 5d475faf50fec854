"""Decodes the type modifiers of the built-in types.

Source: the *typmodin functions of PostgreSQL (varchar.c, varbit.c, numeric.c, timestamp.c, date.c). Text types add a
header of 4 bytes; numeric packs precision and a signed 11-bit scale above it; interval keeps its precision in 16 bits.
"""

from typing import NamedTuple

_HEADER = 4
_NO_PRECISION = 0xFFFF


class Modifier(NamedTuple):
    """Length in characters or bits, precision and scale in digits; None where the type has none."""

    length: int | None = None
    precision: int | None = None
    scale: int | None = None


def decode(type_name: str, modifier: int) -> Modifier:
    """Return the parts of a modifier of the pg_catalog type `type_name`; -1 means that there is none."""
    if modifier < 0:
        return Modifier()
    match type_name:
        case "varchar" | "bpchar":
            return Modifier(length=modifier - _HEADER)
        case "bit" | "varbit":
            return Modifier(length=modifier)
        case "numeric":
            packed = modifier - _HEADER
            scale = packed & 0x7FF
            return Modifier(precision=(packed >> 16) & 0xFFFF, scale=(scale ^ 0x400) - 0x400)
        case "time" | "timetz" | "timestamp" | "timestamptz":
            return Modifier(precision=modifier)
        case "interval":
            precision = modifier & 0xFFFF
            return Modifier(precision=None if precision == _NO_PRECISION else precision)
    return Modifier()
