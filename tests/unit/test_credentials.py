import base64
from typing import Any

import pytest

from datalchemy.analysis.credentials.search import find_credentials, mask_credentials, mask_text
from datalchemy.analysis.credentials.words import is_random, names_secret
from datalchemy.analysis.fingerprint import fingerprint
from datalchemy.model.base import Parameter, QualifiedName
from datalchemy.model.constraints import CheckConstraint, Exclude, ExcludeElement
from datalchemy.model.diagnostics import Place, WarningCode
from datalchemy.model.schema import DatabaseSchema, Extension
from datalchemy.model.table import (
    IndexKey,
    PartitionKey,
    PartitionKeyElement,
    PartitionStrategy,
    Policy,
    Rule,
    Statistics,
    TableKind,
    Trigger,
)
from datalchemy.model.types import Composite, CompositeAttribute, Domain, Enum, Range
from tests.scale import scaled
from tests.unit.builders import (
    INT4_OPS,
    INTEGER,
    check,
    column,
    database,
    foreign_key,
    function,
    index,
    not_null,
    partition_of,
    primary_key,
    public,
    schema,
    sequence,
    table,
    unique,
)

CANARY = "s3cr3t-hunter2"
# Put together here, so that no scanner of source code takes a test's values for real ones.
AWS = "AKIA" + "Z2X4Y6W8V0U1T3S5"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + ".abcDEF123-_x"
PEM = "-----BEGIN RSA PRIVATE" + " KEY-----\n{}\n-----END RSA PRIVATE" + " KEY-----"
BODY = "MIIEowIBAAKCAQEA7bq98SNS0bE7jT4Qx2GmTg"
FN = QualifiedName(schema_name="public", name="f")

PLAIN = {
    "url": (f"see postgres://app:{CANARY}@db.example.org/shop", "see postgres://app:***@db.example.org/shop"),
    "url_slash": (f"amqp://u:{CANARY}/x9@h/v", "amqp://u:***@h/v"),
    "conninfo": (f"host=h password={CANARY} user=u", "host=h password=*** user=u"),
    "conninfo_quoted": (f"host=h password='{CANARY}'", "host=h password='***'"),
    "env": (f"API_KEY={CANARY}\nPORT=1", "API_KEY=***\nPORT=1"),
    "query": (f"https://h/x?a=1&access_token={CANARY}&b=2", "https://h/x?a=1&access_token=***&b=2"),
    "azure": (f"AccountName=a;AccountKey={CANARY};", "AccountName=a;AccountKey=***;"),
    "json": (f'{{"user": "u", "password": "{CANARY}"}}', '{"user": "u", "password": "***"}'),
    "json_escaped": (f'{{\\"secret\\": \\"{CANARY}\\"}}', '{\\"secret\\": \\"***\\"}'),
    "yaml": (f"client_secret: {CANARY}", "client_secret: ***"),
    "spaced": (f"the token = {CANARY}.", "the token = ***."),
    "hstore": (f'"api_key"=>"{CANARY}"', '"api_key"=>"***"'),
    "sql": (f"alter role x password '{CANARY}'", "alter role x password '***'"),
    "portuguese": (f"senha={CANARY}", "senha=***"),
    "camel": (f'{{"clientSecret":"{CANARY}"}}', '{"clientSecret":"***"}'),
    "aws": (f"use {AWS}, please", "use ***, please"),
    "jwt": (f"jwt {JWT} end", "jwt *** end"),
    "pem": (PEM.format(BODY), PEM.replace("\n{}\n", "***")),
    "bearer": ("curl -H 'X: Bearer a8f7e6d5c4b3'", "curl -H 'X: Bearer ***'"),
    "header": ("Authorization: token a8f7e6d5c4b3", "Authorization: token ***"),
    "basic": (
        f"authorization: Basic {base64.b64encode(b'user:pass').decode()}",
        "authorization: Basic ***",
    ),
    "github": ("ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "***"),
    "gitlab": ("(glpat-" + "a1B2c3D4e5F6g7H8i9J0)", "(***)"),
    "slack": ("xoxb-" + "123456789012-abcdefGHIJKL", "***"),
    "slack_webhook": ("https://hooks.slack.com/services/" + "T00000001/B00000001/a1B2c3D4e5F6", "https://***"),
    "stripe": ("sk_live_" + "a1B2c3D4e5F6g7H8", "***"),
    "google": ("AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q", "***"),
    "sendgrid": ("SG." + "a1B2c3D4e5F6g7H8.i9J0k1L2m3N4o5P6", "***"),
    "long": (f"password={'x1' * 2000} rest", "password=*** rest"),
    "nested": (f'{{"token": "Bearer {CANARY}"}}', '{"token": "Bearer ***"}'),
    "after_a_capital_that_grows": (f"İİİ password={CANARY}", "İİİ password=***"),
}

HARMLESS = [
    "",
    "The password, hashed with argon2id.",
    "password: the user's password, at least 8 characters",
    "token: base64-encoded, sha256 of the session",
    "Primary key: id. Foreign key: users.id",
    "password=***",
    "password=<your password>",
    "password=${PASSWORD}",
    "PASSWORD=$1",
    "api_key=your_api_key_here",
    "api_key=YOUR-KEY-EXAMPLE-123",
    "secret=null, token=true, api_key=none",
    "token = user_token",
    "token=gen_random_uuid()",
    "password=users.password",
    "max_tokens=4096 token_type=bearer password_length=12 password_expires_at=2024-01-01",
    '{"type": "object", "properties": {"password": "string", "token": "varchar"}}',
    "https://example.org:8080/@user/x?y=a:b@c",
    "https://user:password@example.org, postgres://user:<password>@host/db",
    "https?://[^/:]+:[^@]+@.*",
    "Authorization: Bearer token",
    "send an Authorization header of type Bearer authentication",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "it begins with -----BEGIN PRIVATE KEY-----",
    "eyJ is how a token begins",
    "task-and-risk-management-of-sk-things",
    "secret_file=/run/secrets/password1 secret=/run/secrets/password1",
    "s3cr3t-hunter2",
]


@pytest.mark.parametrize("name", PLAIN)
def test_a_comment_with_a_credential_is_found_and_masked(name: str) -> None:
    """What looks like a credential is told without its value, and only its value is masked."""
    text, masked = PLAIN[name]
    found = public(table("t", comment=text))
    (warning,) = find_credentials(found)
    assert CANARY not in warning.message
    assert warning.message.startswith('the comment of table "public"."t" looks like it holds a credential: ')
    assert warning.code is WarningCode.CREDENTIAL_IN_SCHEMA
    assert warning.where == Place(schema_name="public", table="t")
    assert mask_credentials(found, None).schemas[0].tables[0].comment == masked
    assert mask_text(text) == masked
    assert not find_credentials(mask_credentials(found, None))


@pytest.mark.parametrize("text", HARMLESS)
def test_a_comment_about_credentials_is_none(text: str) -> None:
    """Words about credentials, placeholders, templates, paths and expressions are not told and not masked."""
    found = public(table("t", comment=text))
    assert find_credentials(found) == ()
    assert mask_credentials(found, None) is found


@pytest.mark.parametrize(
    ("name", "default", "masked"),
    [
        ("api_key", "'hunter'::text", "'***'::text"),
        ("password", "'letmein'::character varying(20)", "'***'::character varying(20)"),
        ("password", "('correct horse'::text)::public.citext", "('***'::text)::public.citext"),
        ("Secret", r"E'a\\b'::text", "E'***'::text"),
        ("senha", "'it''s me'::text", "'***'::text"),
        ("keys", f"'{{{AWS}}}'::text[]", "'{***}'::text[]"),
        ("settings", f"""'{{"password": "{CANARY}"}}'::jsonb""", """'{"password": "***"}'::jsonb"""),
        ("url", f"'redis://:{CANARY}@h:6379'::text", "'redis://:***@h:6379'::text"),
        ("link", f"public.dblink('password=''{CANARY}'''::text)", "public.dblink('password=''***'''::text)"),
        ("x", f"f('Authorization', 'Bearer {CANARY}')", "f('Authorization', 'Bearer ***')"),
        ("x", f"f('api_key'::text, '{CANARY}'::text)", "f('api_key'::text, '***'::text)"),
    ],
)  # fmt: skip
def test_a_default_with_a_credential_is_found(name: str, default: str, masked: str) -> None:
    """A literal under a secret name is a credential, and so is what a literal of any column holds."""
    found = public(table("t", [column(name, default=default)]))
    (warning,) = find_credentials(found)
    assert warning.message.startswith(f'the default of column "{name}" of table "public"."t" looks')
    assert warning.where == Place(schema_name="public", table="t", column=name)
    assert mask_credentials(found, None).schemas[0].tables[0].columns[0].default == masked


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("api_key", "''::text"),
        ("api_key", "'***'::text"),
        ("password", "'xxxxxxxx'::text"),
        ("password", "NULL::text"),
        ("token", "encode(public.gen_random_bytes(32), 'hex'::text)"),
        ("token", "replace((gen_random_uuid())::text, '-'::text, ''::text)"),
        ("token", "nextval('public.token_seq'::regclass)"),
        ("secret", "current_setting('app.secret'::text)"),
        ("token_type", "'bearer9x'::text"),
        ("password_ttl", "'90 days'::interval"),
        ("password_changed_at", "'2020-01-01'::date"),
        ("credentials", "'{}'::jsonb"),
        ("secrets", "'{}'::text[]"),
        ("token", "'opaque1'::public.token_kind"),
        ("note", "'hunter'::text"),
        ("has_password", "'yes please'::text"),
    ],
)
def test_a_harmless_default_is_none(name: str, default: str) -> None:
    """Placeholders, generators and values of other types are no credentials, whatever the column is called."""
    assert find_credentials(public(table("t", [column(name, default=default)]))) == ()


@pytest.mark.parametrize(
    ("expression", "masked"),
    [
        (f"((api_key)::text = '{CANARY}'::text)", "((api_key)::text = '***'::text)"),
        ("(password = 'letmein'::text)", "(password = '***'::text)"),
        (f"COALESCE(api_key, '{CANARY}'::text)", "COALESCE(api_key, '***'::text)"),
        (f"(t.\"secret\" = ('{CANARY}'::character(9))::text)", "(t.\"secret\" = ('***'::character(9))::text)"),
        ("public.pgp_sym_decrypt(ssn, 'the key'::text)", "public.pgp_sym_decrypt(ssn, '***'::text)"),
        ("public.hmac(v, 'the key'::text, 'sha256'::text)", "public.hmac(v, '***'::text, 'sha256'::text)"),
        (f"SELECT '{CANARY}'::text AS api_key,\n 1 AS x", "SELECT '***'::text AS api_key,\n 1 AS x"),
        (f"(\"it's\" = 'password={CANARY}'::text)", "(\"it's\" = 'password=***'::text)"),
        ("(password = 'password'::text)", None),
        ("(password <> 'letmein'::text)", None),
        ("(token ~ '^[a-z0-9]{32}$'::text)", None),
        ("(token_type = 'opaque9x'::text)", None),
        ("(kind = ANY (ARRAY['password'::text, 'token'::text, 'oauth2'::text]))", None),
        ("(key_hash = encode(public.digest(v, 'sha256'::text), 'hex'::text))", None),
        ("public.hmac(v, key, 'sha256'::text)", None),
        ("(a.password = b.password)", None),
        ("SELECT '********'::text AS passwd", None),
        ("(url ~~ 'https://%'::text)", None),
    ],
)  # fmt: skip
def test_an_expression_is_judged_by_what_stands_around_its_literals(expression: str, masked: str | None) -> None:
    """A literal is a credential by the name it is compared with, its function or its alias; other literals are none."""
    found = public(table("v", kind=TableKind.VIEW, definition=expression))
    assert mask_credentials(found, None).schemas[0].tables[0].definition == (masked or expression)
    assert len(find_credentials(found)) == (masked is not None)


def _everywhere(text: str) -> tuple[DatabaseSchema, int]:
    """Return a database with `text` in every field that holds a text, and the number of such objects."""
    sql = f"'{text}'::text"
    named: dict[str, Any] = {"comment": text}
    one = table(
        "t",
        [column("c", default=sql, parameters=(Parameter(name="p", value=text),), **named),
         column("g", is_generated=True, generation_expression=sql)],
        [primary_key("c").model_copy(update=named), unique("u", "c").model_copy(update=named),
         foreign_key("c", "t", "c").model_copy(update=named), not_null("n", "c", **named),
         CheckConstraint(name="k", raw_sql=f"CHECK ({sql})", expr=sql, **named),
         Exclude(name="x", method="gist", definition=sql, predicate=sql, **named,
                 elements=(ExcludeElement(expression=sql, operator=FN),))],
        indexes=(
            index("i", "c", definition=sql, predicate=sql, **named, parameters=(Parameter(name="p", value=text),)),
            index("e", keys=(IndexKey(expression=sql, opclass=INT4_OPS,
                                      opclass_parameters=(Parameter(name="p", value=text),)),)),
        ),
        partition_key=PartitionKey(
            strategy=PartitionStrategy.LIST, definition=sql,
            elements=(PartitionKeyElement(expression=sql, opclass=INT4_OPS),),
        ),
        partition_of=partition_of("p", bound=sql),
        definition=sql,
        parameters=(Parameter(name="p", value=text),),
        triggers=(
            Trigger(name="tr", timing="after", events=("insert",), row=True, function=FN, enabled="origin", **named),
        ),
        policies=(Policy(name="po", command="all", permissive=True, **named),),
        rules=(Rule(name="ru", event="select", instead=True, enabled="origin", **named),),
        statistics=(
            Statistics(schema_name="public", name="st", kinds=("mcv",), columns=(), expressions=(sql,), **named),
        ),
        **named,
    )  # fmt: skip
    held = database(
        schema(
            "public", one,
            enums=(Enum(name="en", labels=("a", text), **named),),
            domains=(Domain(name="d", data_type="text", type=INTEGER, nullable=True, default=sql,
                            constraints=(check("dk", sql),), **named),),
            composites=(Composite(name="co", attributes=(
                CompositeAttribute(name="a", ordinal=1, data_type="text", type=INTEGER, **named),), **named),),
            ranges=(Range(name="r", data_type="text", type=INTEGER, **named),),
            sequences=(sequence("s", **named),),
            functions=(function("f", source_sha256=None, source=sql, **named),),
            **named,
        ),
        extensions=(Extension(name="x", schema_name="public", version=text),),
    )  # fmt: skip
    return held, 40


def test_no_text_is_overlooked() -> None:
    """Every field that holds a text is searched, told once by its object and kind, and masked."""
    held, told = _everywhere(AWS)
    warnings = find_credentials(held)
    assert len({warning.message for warning in warnings}) == len(warnings) == told
    masked = mask_credentials(held, None)
    assert AWS not in masked.to_json().decode()
    assert held.to_json().decode().replace(AWS, "***").replace(held.fingerprint, masked.fingerprint) == (
        masked.to_json().decode()
    )
    assert AWS not in "".join(warning.model_dump_json() for warning in warnings)


def test_the_fingerprint_is_that_of_the_masked_structure() -> None:
    """The fingerprint of a masked file does not depend on the secret: no guess can be tried on it."""
    held = [
        mask_credentials(public(table("t", [column("api_key", default=f"'{secret}'::text")]), comment="c"), None)
        for secret in ("one-key", "another-key")
    ]
    assert held[0] == held[1]
    assert held[0].fingerprint == fingerprint(held[0].schemas, None)


def test_what_is_inherited_is_told_once() -> None:
    """A partition's copy of its parent's default is masked, and told of the parent alone; its own is told."""
    parent = table("p", [column("api_key", default="'one-key'::text")])
    copy = table("a", [column("api_key", default="'one-key'::text", inherited=True)])
    own = table("b", [column("api_key", default="'other-key'::text", inherited=True)])
    found = public(copy, own, parent)
    assert [warning.where.table for warning in find_credentials(found)] == ["b", "p"]
    assert b"-key" not in mask_credentials(found, None).to_json()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("password", True), ("passwordHash", True), ("api_key", True), ("aws.secret_access_key", True),
        ("SMTP_PASSWORD", True), ("authToken", True), ("signing_key", True), ("x-api-key", True),
        ("token_type", False), ("tokenType", False), ("password_expires_at", False), ("max_tokens", False),
        ("primary_key", False), ("secret_name", False), ("keyboard", False), ("has_password", False), ("", False),
    ],
)  # fmt: skip
def test_which_names_promise_a_credential(name: str, told: bool) -> None:
    """A name promises a credential unless it tells about one."""
    assert names_secret(name) is told


@pytest.mark.parametrize(
    ("value", "told"),
    [(CANARY, True), ("P@ssw0rd!", True), ("a8f7e6d5c4b3", True), ("sha256-base64", False), ("varchar(255)", False),
     ("hunter", False), ("12345678", False), ("two words 123x", False)],
)  # fmt: skip
def test_which_values_look_random(value: str, told: bool) -> None:
    """Letters with digits that are no technical term are written on purpose."""
    assert is_random(value) is told


@pytest.mark.parametrize(
    "piece",
    [
        "password", "password=", "password='", '"token": "', "://a:", "://a:b/", "key", "secret_", "-", "eyJ", "AKIA",
        "eyJaaaaaaaaa.", "bearer ", "authorization: ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "''", "'", '"',
        "'a'::text AS ", "xoxb-", "SG.", "api_key = ('x'::text), ", "ghp_", "İ",
        "pw:", "password of the ", "password is now ", "admin / ", "user/pass:a/", "'a', ", "'a' = (((", "'a' <> a.a.",
    ],
)  # fmt: skip
def test_no_text_takes_long(piece: str) -> None:
    """Half a megabyte of the beginnings of patterns is searched as plain text and as SQL, and that ends."""
    text = piece * (scaled(500_000) // len(piece))
    find_credentials(public(table("t", comment=text, definition=f"'{text}'")))
