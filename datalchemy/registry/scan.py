"""The last look before a run ends: is a secret in what was written?"""

import json
from pathlib import Path

from datalchemy.core.secrets import Vault, scrub_tree
from datalchemy.registry.files import guarded, json_bytes, write_atomically


def without_secrets(data: bytes, vault: Vault) -> bytes:
    """Return a file's content without the known secrets that nobody writes by chance; JSON stays JSON."""
    text = data.decode("utf-8", "surrogateescape")
    scrubbed = vault.scrub_distinctive(text)
    if scrubbed != text and _is_json(text) and not _is_json(scrubbed):
        # The secret was a number, or began within an escape: it is taken out of the values instead.
        return json_bytes(scrub_tree(json.loads(text), vault.scrub_distinctive))
    return scrubbed.encode("utf-8", "surrogateescape")


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


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
