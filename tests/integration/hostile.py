"""Names that somebody chose to break whoever reads them, and databases that are full of them."""

import psycopg
from psycopg import sql

FAKE_LINE = "datalchemy: error: injected"

NAMES: dict[str, tuple[str, ...]] = {
    "line ends": ("a\nb", "\n", f"x\n{FAKE_LINE}", f"x\r{FAKE_LINE}", "a\r\nb", "a\u2028b", "a\x85b", "a\x0bb\x0cc"),
    "terminal escapes": (
        "\x1b[5;7mblink",
        "\x1b]0;PWNED\x07",
        "\x1b[2J\x1b[H",
        "\x9b5;7m",
        "\x1bP\x1b\\",
        "\x08\x08\x08gone",
        "\x7f",
        "\x1b]8;;http://x\x07link\x1b]8;;\x07",
    ),
    "control characters": ("\x01\x02\x03\x04\x05\x06\x07", "tab\there", "\x1f", "\x0e\x0f"),
    "quotes": ('quote"d', "it's", "''", '""', "`tick`", "$$", "$body$", "'; drop table t; --", '"; drop table t; --'),
    "backslashes": ("back\\slash", "\\", "\\n", "\\x41", "\\u0041", "\\\\server\\share"),
    "paths": ("..", ".", "../x", "../../../../etc/passwd", "/etc/passwd", "a/b", "~", "C:\\con", "runs/x", "-rf"),
    "markup": (
        "<script>alert(1)</script>",
        "<b>",
        "&amp;",
        "[bold red]x[/]",
        "[/]",
        "{{x}}",
        "# x",
        "|a|b|",
        "![x](y)",
    ),
    "formats": ("%s", "%n%d%(x)s", "%", "{}", "{0}{self.__class__}", "{", "%(schema)s", "100%"),
    "interpolations": (
        "${oc.env:HOME}",
        "${hydra:runtime.cwd}",
        "<env:HOME>",
        "<env:HOME|x>",
        "<file:/etc/passwd>",
        "$HOME",
        "`id`",
        "$(id)",
        "???",
    ),
    "unicode": (
        "🦊" * 15 + "abc",
        "é" * 31 + "x",
        "\u202egnp.exe",
        "\u200f\u200e\u2067",
        "\u200b",
        "\ufeff",
        "e\u0301",
        "é",
        "\ue000\uf8ff",
        "\ufffd\uffff",
        "\U0010ffff",
        "表",
        "İ",
        "ﬁ",
    ),
    "words": ("select", "NULL", "null", "true", "None", "nan", "1", "1e999", "", " ", " a ", "***", "table", "A", "a"),
    "dots and commas": ("a.b", "a,b", "a;b", "a=b", "a:b", "a*", "a?", "[ab]", "!a", "public.t"),
    "secrets": ("password=hunter2x9", "postgres://u:hunter2x9@h/d", "token: hunter2x9", "--password"),
    "long": ("x" * 63, "\\" * 63, '"' * 63, "'" * 63, "\n" * 63, "%" * 63),
}
"""Names by kind; the empty one is no name in PostgreSQL and serves as a label and a text only."""

TEXTS = tuple(dict.fromkeys(name for names in NAMES.values() for name in names))
IDENTIFIERS = tuple(name for name in TEXTS if name)
KINDS = (
    "columns",
    "tables",
    "views",
    "sequences",
    "indexes",
    "enums",
    "domains",
    "composites",
    "attributes",
    "ranges",
    "checks",
    "keys",
    "foreign_keys",
    "triggers",
    "policies",
    "rules",
    "statistics",
    "functions",
    "collations",
)
"""The kinds of object that get a hostile name: a schema for each, beside the schemas with hostile names themselves."""

DATABASES = (
    f"\x1b[5;7m\x1b]0;PWNED\x07../../x\n{FAKE_LINE}",
    "<b>\"'`%s{}${oc.env:HOME}<env:HOME>$(id)\\../..",
    "\u202e🦊\u200f'\"/..",
)


def fill(url: str) -> None:
    """Create, in an empty database, an object of each kind for each name."""
    script = [f'create schema "{kind}";' for kind in KINDS]
    script += [
        "create function public.f() returns trigger language plpgsql as $$begin return null; end$$;",
        *(f'create table "{kind}".t (id int primary key, a int, b int);' for kind in KINDS if kind != "columns"),
        "create table columns.t (" + ", ".join(f"{identifier(name)} int" for name in IDENTIFIERS) + ");",
        f"create type enums.every_label as enum ({', '.join(map(literal, TEXTS))});",
    ]
    for number, name in enumerate(IDENTIFIERS):
        script += _objects(identifier(name), literal(name), number)
    script += [
        # a cycle whose names reach the warnings and the error of a strict run
        *(f"alter table tables.{identifier(name)} add r int references tables.{identifier(other)};"
          for name, other in zip(_CYCLE, (*_CYCLE[1:], _CYCLE[0]), strict=True)),
    ]  # fmt: skip
    with psycopg.connect(url) as connection:
        connection.execute("\n".join(script).encode())


_CYCLE = (*NAMES["terminal escapes"][:2], *NAMES["line ends"][2:4], *NAMES["markup"][3:4])


def _objects(name: str, text: str, number: int) -> list[str]:
    return [
        f"create schema {name}; comment on schema {name} is {text};",
        f"create table {name}.{name} ({name} int constraint {name} check ({name} > 0));",
        f"create table tables.{name} (id int primary key, d text default {text});",
        f"comment on table tables.{name} is {text};",
        f"create view views.{name} as select {text}::text as {name};",
        f"create sequence sequences.{name}; create index {name} on indexes.t (a);",
        f"create type enums.{name} as enum ('a');",
        f"create domain domains.{name} as text constraint {name} check (value <> {text});",
        f"create type composites.{name} as (a int); create type attributes.t{number} as ({name} int);",
        f"create type ranges.{name} as range (subtype = int4);",
        f"alter table checks.t add constraint {name} check (a > {number});",
        f"alter table keys.t add constraint {name} unique (a, b);",
        f"alter table foreign_keys.t add constraint {name} foreign key (a) references foreign_keys.t;",
        f"create trigger {name} after insert on triggers.t for each row execute function public.f();",
        f"create policy {name} on policies.t; create rule {name} as on update to rules.t do also nothing;",
        f"create statistics statistics.{name} on a, b from statistics.t;",
        f"create function functions.{name}({name} int) returns int language sql as 'select 1';",
        f'create collation collations.{name} from "C";',
    ]


def identifier(name: str) -> str:
    """Return a name as an SQL identifier: psycopg's spelling, not ours."""
    return sql.Identifier(name).as_string(None)


def literal(text: str) -> str:
    """Return a text as an SQL literal: psycopg's spelling, not ours."""
    return sql.Literal(text).as_string(None)
