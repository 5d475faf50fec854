"""The last look before a run ends: is a secret in what was written?"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from datalchemy.registry.files import FILE_MODE, json_bytes, read_regular, registry_errors, write_atomically
from datalchemy.secrets.vault import Json, Vault, scrub_tree

_NAME = re.compile(r"[a-z_]+(?:\.json|\.ndjson)?")


def without_secrets(data: bytes, vault: Vault) -> bytes:
    """Return a file's content without the known secrets that nobody writes by chance.

    JSON stays JSON with the same keys. A value that is nothing but a word is a name of ours or of the database
    (`run_finished`, `schema.json`, a table's): in this content, it is no trace of a password that equals it.
    """
    text = data.decode("utf-8", "surrogateescape")
    scrubbed = vault.scrub_exact(text)
    if scrubbed == text:
        return data
    try:
        content = json.loads(text)
    except ValueError:
        return scrubbed.encode("utf-8", "surrogateescape")
    names = {text for text in _texts(content) if _NAME.fullmatch(text)}.intersection(vault.known())

    def scrub(value: str) -> str:
        return value if _NAME.fullmatch(value) else vault.scrub_exact(value, names=names)

    clean = scrub_tree(content, scrub)
    return data if clean == content else json_bytes(clean)


def clean_files(folder: Path, names: Iterable[str], vault: Vault, *, mode: int = FILE_MODE) -> tuple[str, ...]:
    """Take the known secrets that nobody writes by chance out of these files.

    Args:
        folder: where they lie.
        names: their paths relative to `folder`. Whoever calls has written each of them.
        vault: the secrets.
        mode: that of a file which is written again.

    Returns:
        The names of the files that held one, sorted.

    Raises:
        RegistryError: a file could not be read or rewritten, or is not a regular file.
    """
    found = []
    for name in sorted(names):
        path = folder / name
        with registry_errors("read", path):
            before = read_regular(path)
        after = without_secrets(before, vault)
        if after != before:
            write_atomically(path, after, mode=mode)
            found.append(name)
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
