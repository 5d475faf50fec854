"""Makes docs/warnings.md from the table of warnings: `make contract`."""

from pathlib import Path

from datalchemy.model.diagnostics import Severity, WarningCode

PAGE = Path(__file__).parents[1] / "docs" / "warnings.md"
_HEAD = """\
# Warnings

A run lists its warnings in `metrics.json` (`warnings`: code, message, where), on the screen and in `logs.ndjson`.
With `strict=true`, a warning that fails a strict run gives exit code 4; the run keeps its artefacts.

This page is made from the table in `datalchemy/model/diagnostics.py`: `make contract` writes it.

| code | severity | fails a strict run | what it means |
|---|---|---|---|
"""
_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def page() -> str:
    """Return the text of the page: the worst warnings first, then by code."""
    rows = sorted(WarningCode, key=lambda row: (_WORST_FIRST.index(row.severity), row.value))
    return _HEAD + "".join(
        f"| `{row.value}` | {row.severity.value} | {'yes' if row.fails_strict else 'no'} | {row.meaning} |\n"
        for row in rows
    )


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
