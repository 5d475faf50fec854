"""The JSON Schemas of the artefacts: made from the models, committed, and shipped beside this module.

`make contract` (datalchemy.cli.contracts) writes them. This module imports no models, so that a shipped text is printed
quickly.
"""

from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

CONTRACTS = {
    "schema": "schema.json: the structure of a database",
    "metrics": "metrics.json: counts, coverage, foreign key graph, timings, warnings",
    "config": "config.json: what a run was asked to do, redacted",
    "manifest": "manifest.json: how a run ended, and the digest of each of its files",
    "sweep": "summary.json of a sweep: what became of each of its runs",
    "log": "a line of logs.ndjson",
    "result": "what --json prints: the result of a run or of a sweep",
}
"""The name of each contract, and what is valid by it. The first is the default of `datalchemy contract`."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def file_name(contract: str) -> str:
    """Return the name of the shipped file, which lies beside this module."""
    return f"{contract}.schema.json"


def shipped_text(contract: str) -> str:
    """Return the text of a shipped JSON Schema; `contract` is a key of CONTRACTS.

    Raises:
        FileNotFoundError: the package was built without it.
    """
    return (files("datalchemy.model") / file_name(contract)).read_text(encoding="utf-8")


def json_schema(
    model: "type[BaseModel]", *, contract: str, version: object, title: str, description: str, writes_nulls: bool = True
) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the files that hold a model.

    Args:
        model: the model of the whole file.
        contract: its key in CONTRACTS; stands in `$id`.
        version: the contract's version; stands in `$id`.
        title: the file's name.
        description: what the file is.
        writes_nulls: whether a fact that is None is written as null. If not, its key is absent, and never null.
    """
    generated = model.model_json_schema(mode="serialization", by_alias=True)
    return {
        "$schema": _DIALECT,
        "$id": f"urn:datalchemy:{contract}:{version}",
        **_clean(generated, writes_nulls),
        "title": title,
        "description": description,
    }


def _clean(node: Any, writes_nulls: bool) -> Any:
    """Require every fact that is always written.

    Drops what is noise in a published file: OpenAPI's own keyword, titles that repeat the key, the lines of docstrings.
    """
    if isinstance(node, list):
        return [_clean(one, writes_nulls) for one in node]
    if not isinstance(node, dict):
        return node
    dropped = {"discriminator", "properties"}
    cleaned = {key: _clean(value, writes_nulls) for key, value in node.items() if key not in dropped}
    if "description" in cleaned:
        cleaned["description"] = _joined(cleaned["description"])
    if "properties" in node:
        properties = node["properties"]
        cleaned["properties"] = {name: _clean_property(value, writes_nulls) for name, value in properties.items()}
        cleaned["required"] = [name for name, value in properties.items() if writes_nulls or not _is_nullable(value)]
    return cleaned


def _clean_property(value: dict[str, Any], writes_nulls: bool) -> dict[str, Any]:
    kept = {key: one for key, one in value.items() if key not in {"default", "title"}}
    cleaned: dict[str, Any] = _clean(kept, writes_nulls)
    if writes_nulls or not _is_nullable(value):
        return cleaned
    options = [one for one in cleaned.pop("anyOf") if one != {"type": "null"}]
    return {**options[0], **cleaned} if len(options) == 1 else {"anyOf": options, **cleaned}


def _is_nullable(value: dict[str, Any]) -> bool:
    return {"type": "null"} in value.get("anyOf", ())


def _joined(text: str) -> str:
    """Return paragraphs as lines of their own, without the line ends inside them."""
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in text.split("\n\n"))
