"""The last look before a run ends: is a secret in what was written?"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from datalchemy.core.secrets import Json, Vault, scrub_tree
from datalchemy.registry.files import guarded, json_bytes, write_atomically

_NAME = re.compile(r"[a-z_]+(?:\.json|\.ndjson)?")


def without_secrets(data: bytes, vault: Vault) -> bytes:
    """Return a file's content without the known secrets that nobody writes by chance.

    JSON stays JSON with the same keys. A value that is nothing but a word is a name of ours or of the database
    (`run_finished`, `schema.json`, a table's): in this content, it is no trace of a password that equals it.
    """
    text = data.decode("utf-8", "surrogateescape")
    scrubbed = vault.scrub_distinctive(text)
    if scrubbed == text:
        return data
    try:
        content = json.loads(text)
    except ValueError:
        return scrubbed.encode("utf-8", "surrogateescape")
    names = {text for text in _texts(content) if _NAME.fullmatch(text)}.intersection(vault.known())

    def scrub(value: str) -> str:
        return value if _NAME.fullmatch(value) else vault.scrub_distinctive(value, names=names)

    clean = scrub_tree(content, scrub)
    return data if clean == content else json_bytes(clean)


def clean_folder(folder: Path, vault: Vault, *, passing_over: str | None = None) -> tuple[str, ...]:
    """Take the known secrets that nobody writes by chance out of every file below `folder`, but the one of that name.

    Returns:
        The names of the files that held one, relative to `folder`, sorted.

    Raises:
        RegistryError: a file could not be read or rewritten.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path == folder / (passing_over or ""):
            continue
        with guarded("read", path):
            before = path.read_bytes()
        after = without_secrets(before, vault)
        if after != before:
            write_atomically(path, after)
            found.append(str(path.relative_to(folder)))
    return tuple(found)


def lines_without_secrets(data: bytes, vault: Vault) -> bytes:
    """Return the content of a file with one JSON object a line, as `without_secrets` does for each line."""
    return b"".join(_line_without_secrets(line, vault) for line in data.splitlines(keepends=True))


def _line_without_secrets(line: bytes, vault: Vault) -> bytes:
    clean = without_secrets(line, vault)
    if clean.count(b"\n") <= 1:
        return clean
    return json.dumps(json.loads(clean), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _texts(content: Json) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list | dict):
        for entry in content.values() if isinstance(content, dict) else content:
            yield from _texts(entry)
