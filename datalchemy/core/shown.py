"""Names as people may see them: a database may call a table anything that a terminal would obey."""


def one_line(text: str) -> str:
    """Return a text on one line: control characters, line ends and invisible marks are spelled out; letters stay."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "backslashreplace").decode()
        for character in text
    )
