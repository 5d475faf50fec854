"""The kinds of credentials that people leave in a structure, and the harmless texts that resemble them."""

from collections.abc import Iterator

import pytest

from datalchemy.analysis.credentials.search import find_credentials, mask_credentials
from datalchemy.model.schema import DatabaseSchema
from datalchemy.model.table import TableKind
from tests.unit.builders import column, database, public, schema, table

# Put together here, so that no scanner of source code takes a test's values for real ones.
AWS_ID = "AKIA" + "Z2X4Y6W8V0U1T3S5"
TEMPORARY_ID = "ASIA" + AWS_ID[4:]
AWS_SECRET = "wJalrXUtnFEMI/" + "K7MDENG+bPxRfiCYzQ81hTn2vU"
AWS_EXAMPLE = "wJalrXUtnFEMI/" + "K7MDENG/bPxRfiCYEXAMPLEKEY"
GIT_COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"
SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
MD5_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e"
HEX = "0123456789abcdef"
MIXED = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"
BCRYPT = "$2b$12$" + "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"

# The text, with {} where the credential stands; the credential.
PROSE = [
    ("pwd is {}", "hunter2"),
    ("pwd is {}", "s3cr3t-hunter2"),
    ("The password is {}.", "hunter2x"),
    ("password is '{}'", "letmein"),
    ("the password is `{}`", "changeme"),
    ("password is now {}, ask bob", "Winter2024"),
    ("password was set to {} in May", "Winter2024!x"),
    ("the password of the demo user is {}", "demo2024"),
    ("password for admin: {}", "Sommer23"),
    ("api key is {}", "k9f8e7d6"),
    ("API key: {}", "live-9f8e7d6c"),
    ("the access key for staging is {}", "zx81-spectrum"),
    ("the secret is {}", "abc123def456"),
    ("token -> {}", "9f8e7d6c5b4a"),
    ("pass: {}", "hunter22"),
    ("pw is {}", "hunter22"),
    ("defaults: password defaults to {}", "changeme"),
    ("log in as bob with password {}", "hunter2x9"),
    ("senha: {}", "hunter2"),
    ("Senha: {}", "mudar123"),
    ("senha: {}", "123456"),
    ("a senha é {}", "Abacaxi99"),
    ("a senha do usuário admin é {}", "Abacaxi99"),
    ("senha padrão: {}", "trocar123"),
    ("senha inicial = {}", "trocar123"),
    ("usuário: app, senha {}", "v3rde-amarelo"),
    ("chave de api: {}", "9f8e7d6c5b4a"),
    ("a chave secreta é {}", "9f8e7d6c5b4a"),
    ("admin / {}", "hunter2"),
    ("admin / {}", "s3cr3t-hunter2"),
    ("Login: admin/{}", "Winter2024!"),
    ("root:{}", "t00r-pass"),
    ("(sa / {})", "Passw0rd"),
    ("admin / {}", "admin"),
    ("postgres / {} on the old server", "changeme"),
    ("user / password: bob / {}", "hunter2"),
    ("usuario/senha: maria / {}", "abacaxi9"),
    ("admin / {}", "secret"),
    ("root / {}", "toor"),
    ("test user: bob / {}", "hunter2"),
    ("bob@example.org / {}", "hunter2"),
    ("the password is '{}'", "sesame"),
    ("curl -u deploy:{} https://h/x", "hunter2x9"),
    (f"{AWS_ID} {{}}", AWS_SECRET),
    (f"key id {TEMPORARY_ID}\nand {{}} with it", AWS_SECRET),
]  # fmt: skip
VENDORS = [
    ("tok_live_9f8e7d6c"), ("key-live-" + "9f8e7d6c5b4a"), ("rk_live_" + MIXED[:24]), ("github_pat_" + MIXED),
    ("pypi-" + "AgEIcHlwaS5vcmc" + MIXED * 2), ("glrt-" + MIXED), ("npm_" + MIXED + "aB3d"), ("AIza" + MIXED + "aB3"),
    ("dckr_pat_" + MIXED), ("dapi" + HEX * 2), ("hvs." + MIXED), ("NRAK-" + "ABCDEFGHIJ0123456789KLMNOPQ"),
    ("glsa_" + MIXED + "_0a1b2c3d"), ("lin_api_" + MIXED + MIXED[:8]), ("PMAK-" + HEX + HEX[:8] + "-" + HEX * 2 + "ab"),
    ("sq0atp-" + MIXED[:22]), ("SK" + HEX * 2), ("key-" + HEX * 2), (HEX * 2 + "-us12"),
    ("xkeysib-" + HEX * 4 + "-a1B2"),
    ("110201543:" + "AAH" + MIXED), ("sbp_" + HEX * 2 + HEX[:8]), ("rubygems_" + HEX * 3), ("ATATT3x" + MIXED * 5),
    (BCRYPT), ("SCRAM-SHA-256$4096:" + "c2FsdHNhbHRzYWx0c2E=$" + "x" * 42 + "1=:" + "y" * 42 + "2="),
    ("AGE-SECRET-KEY-1" + "Q" * 50 + "P3ZRY9XL"),
]  # fmt: skip
EXPRESSIONS = [
    ("((api_key)::text <> '{}'::text)", "live-9f8e7d6c"),
    ("(t <> '{}'::text)", "tok_live_9f8e7d6c"),
    ("(api_key <> '{}'::text)", "live-hunter"),
    ("(t.api_key != '{}'::text)", "live-9f8e7d6c"),
    ("(api_key IS DISTINCT FROM '{}'::text)", "live-9f8e7d6c"),
    ("(NOT (api_key IS DISTINCT FROM '{}'::text))", "live-9f8e7d6c"),
    ("(api_key IS NOT DISTINCT FROM '{}'::text)", "hunter"),
    ("(api_key ~~ '{}'::text)", "live-9f8e7d6c"),
    ("(api_key !~~* '{}'::text)", "%live-9f8e7d6c%"),
    ("(api_key ~ '{}'::text)", "^live-9f8e7d6c$"),
    ("(api_key >= '{}'::text)", "live-9f8e7d6c"),
    ("(api_key = ANY (ARRAY['{}'::text, '{}'::text]))", "live-9f8e7d6c"),
    ("((api_key)::text <> ALL ((ARRAY['{}'::character varying, '{}'::character varying])::text[]))", "live-9f8e7d6c"),
    ("(api_key = ANY ('{{{},{}}}'::text[]))", "live-9f8e7d6c"),
    ("api_key in ('{}', 'none', '{}')", "live-9f8e7d6c"),
    ("CASE api_key\n            WHEN '{}'::text THEN 1\n    WHEN '{}'::text THEN 2 ELSE 0 END", "live-9f8e7d6c"),
    ("('{}'::text = api_key)", "hunter"),
    ("('{}'::text <> (t.api_key)::text)", "live-9f8e7d6c"),
    ("('{}'::text IS DISTINCT FROM \"apiKey\")", "live-9f8e7d6c"),
    ("('{}'::text = ANY (t.api_keys))", "live-9f8e7d6c"),
    ("('{}'::text = (settings ->> 'api_key'::text))", "live-9f8e7d6c"),
    ("((settings ->> 'api_key'::text) <> '{}'::text)", "live-9f8e7d6c"),
    ("((settings #>> '{{{{auth,token}}}}'::text[]) <> '{}'::text)", "live-9f8e7d6c"),
    ("(hash = public.crypt('{}'::text, hash))", "correct horse"),
    ("public.decrypt(body, '{}'::bytea, 'aes'::text)", "open sesame"),
    (f"(((id)::text = '{AWS_ID}'::text) AND (v = '{{}}'::text))", AWS_SECRET),
    ("(note <> 'admin / {}'::text)", "hunter2"),
]
DEFAULTS = [
    ("password", "'{}'::text", "changeme"), ("password", "'{}'::character varying(20)", "Change-Me"),
    ("senha", "'{}'::text", "mudar123"), ("senha", "'{}'::text", "secret"), ("passwd", "'{}'::bpchar", "password"),
    ("pwd", "'{}'::text", "secret"), ("api_key", "'{}'::text", "test"), ("userPassword", "('{}'::text)", "admin"),
    ("password", "md5('{}'::text)", "changeme"),
    ("password_hash", "crypt('{}'::text, gen_salt('bf'::text))", "abacaxi"),
    ("api_keys", "'{{{}}}'::text[]", "live-9f8e7d6c"), ("api_keys", "ARRAY['{}'::text, '{}'::text]", "live-9f8e7d6c"),
    ("note", "'admin / {}'::text", "hunter2"), ("password", "'{}'::text", "1234"),
]  # fmt: skip

HARMLESS_COMMENTS = [
    "password is stored hashed", "token is null", "the password is required", "pwd is the working directory",
    "admin / user roles", "and / or", "admin / Admin", "admin / secret things", "read / write2",
    "the password is 'required'",
    "password is at least 8 characters",
    "password is sha256-hashed", "password was changed to sha512crypt in 2021", "token is base64url of 32 bytes",
    "the token is valid for 30days", "pwd: /home/app2/current", "api key is unique per tenant",
    "secret is never stored",
    "the key is user_id2", "primary key: user_id2, foreign key: tenant_id3", "the sort key is column12",
    "password: see users.password2", "Password is hashed with PBKDF2WithHmacSHA256", "senha: hash do usuário",
    "a senha é obrigatória", "senha criptografada com bcrypt", "senha: mínimo 8 caracteres", "login e senha do usuário",
    "a chave primária é id_cliente2", "chave estrangeira: cliente_id2", "token expiry is 90days",
    "token type is oauth2x9",
    "the password of the user is mandatory", "password for the account, see table3", "admin/users/export2",
    "/admin/reports2024/x", "https://h/admin/users2024", "root/child2 of the tree", "admin / editor / viewer",
    "admin: full access, user: read", "roles: admin / manager2 / viewer", "user / group id",
    "postgres / mysql8 / oracle",
    "test / production", "admin / phase2 of the plan", "guest / user", "root:x:0:0:root:/root:/bin/bash",
    f"migrated at commit {GIT_COMMIT}", f"sha256:{SHA256}", f"md5 of nothing is {MD5_OF_NOTHING}",
    f"checksum {SHA256}, commit {GIT_COMMIT}", f"{AWS_ID[:12]} is how an AWS id begins, {AWS_SECRET} alone is nothing",
    f"token: {'x' * 40}", "550e8400-e29b-41d4-a716-446655440000", "idx_live_orders2024", "pk_live_orders",
    "tok_live_ is the prefix of live tokens", "key-value pairs", "pypi-server, npm_config, glpat- tokens",
    "password in the form algorithm$iterations$salt$hash", "pass: 12 of 14 tests", "the token is issued by auth0",
    "user/password: required/optional", "username / password", "usuário / senha", "password / token",
    "E'\\x' is key", '{"pass": "FAIL"}',
    "merge sa/t1011-use-helpers", "TOKEN = 0x000D", "do not pass 'self' on", "chown root:root file2",
    "image postgres:16.2-alpine",

    f"AKIA{'IOSFODNN7EXAMPLE'} {AWS_EXAMPLE}", "the secret of success is patience",
    "pwd, token and secret: all of them are hashed",
]  # fmt: skip
HARMLESS_EXPRESSIONS = [
    "CHECK (status <> 'active'::text)", "((token_type)::text <> 'bearer'::text)",
    "(kind = ANY (ARRAY['api_key'::text, 'password'::text]))", "(kind = ANY ('{api_key,password}'::text[]))",
    "(api_key <> ''::text)", "(password <> 'password'::text)", "(token IS DISTINCT FROM 'revoked'::text)",
    "(secret = ANY (ARRAY['none'::text, 'shared'::text, 'public'::text]))", "(token ~~ 'tok\\_%'::text)",
    "(api_key ~ '^(live|test)_[a-z0-9]{24}$'::text)", "(api_key ~~ 'sk_live_%'::text)", "(api_key ~ '^sk_live_'::text)",
    "('active'::text = status)", "('pending'::text <> token)", "(a.api_key = b.api_key)", "(token >= 'a'::text)",
    "CASE kind WHEN 'password'::text THEN 'secret1'::text ELSE 'token2'::text END",
    "(config ->> 'api_key'::text) IS NULL",
    "(length(password) >= '8'::integer)", "public.crypt(password, public.gen_salt('bf'::text))", "md5(''::text)",
    "(token = '00000000-0000-0000-0000-000000000000'::uuid)", "(password IS NULL) OR (login <> 'guest1234'::text)",
    "encode(public.digest(token, 'sha256'::text), 'hex'::text)", "(note = 'admin / user'::text)",
    "public.encrypt(body, key, 'aes-cbc'::text)", "SELECT public.crypt(v, salt) AS h, 'letter'::text AS k",
    "(x ~ 'password|senha'::text)", "((settings -> 'token'::text) ? 'id1'::text)",
    f"(commit = '{GIT_COMMIT}'::text)", f"(digest <> '{SHA256}'::text)",
]  # fmt: skip
HARMLESS_DEFAULTS = [
    ("password", "''::text"), ("password", "NULL::character varying"), ("password", "'x'::text"),
    ("password", "'none'::text"), ("password", "'***'::text"), ("password", "'*'::text"), ("password", "'!'::bpchar"),
    ("password", "'n/a'::text"), ("password", "'disabled'::text"), ("password", "'unset'::text"),
    ("token", "'0'::text"),
    ("token", "gen_random_uuid()"), ("token", "md5((random())::text)"), ("password", "md5(''::text)"),
    ("api_key", "('k_'::text || (gen_random_uuid())::text)"), ("api_key", "replace('a-b'::text, '-'::text, ''::text)"),
    ("secret", "current_setting('app.password'::text)"), ("password_hash", "''::text"),
    ("hash", f"'{MD5_OF_NOTHING}'::text"),
    ("id", "'550e8400-e29b-41d4-a716-446655440000'::uuid"), ("token", "'00000000-0000-0000-0000-000000000000'::text"),
    ("api_keys", "'{}'::text[]"), ("api_keys", "ARRAY[]::text[]"), ("password_type", "'changeme'::text"),
    ("note", "'changeme'::text"),
    ("token_kind", "'secret'::text"), ("password", "'<your password>'::text"), ("password", "'public.f'::regproc"),
]  # fmt: skip


def _marked(text: str, value: str) -> tuple[str, str]:
    count = text.count("{}")
    given = text.format(*[value] * count)
    return given, text.format(*["***"] * count).replace(AWS_ID, "***").replace(TEMPORARY_ID, "***")


def _strings(one: object) -> Iterator[str]:
    if isinstance(one, str):
        yield one
    elif isinstance(one, dict):
        for key, value in one.items():
            yield from (*_strings(key), *_strings(value))
    elif isinstance(one, list | tuple):
        for each in one:
            yield from _strings(each)


def _assert_found(held: DatabaseSchema, masked: DatabaseSchema, value: str) -> None:
    """The one text of the structure has one warning without the value, and is masked as expected."""
    (warning,) = find_credentials(held)
    reason = warning.message.partition(" looks like it holds a credential: ")[2]
    assert reason
    assert value not in reason
    places = warning.model_dump(exclude={"message", "code"})
    assert all(value not in text for text in _strings(places))
    assert mask_credentials(held, None).schemas == masked.schemas
    assert not find_credentials(masked)


@pytest.mark.parametrize(("text", "value"), [*PROSE, *(("see {} there", token) for token in VENDORS)])
def test_a_credential_in_prose_is_found(text: str, value: str) -> None:
    """A sentence, a pair, or a token of a known maker in a comment has a warning; only the credential is masked."""
    plain, masked = _marked(text, value)
    _assert_found(public(table("t", comment=plain)), public(table("t", comment=masked)), value)


@pytest.mark.parametrize(("text", "value"), EXPRESSIONS)
def test_a_credential_in_an_expression_is_found(text: str, value: str) -> None:
    """Whatever operator compares a secret name with a literal, in either order, the literal is a credential."""
    plain, masked = (_view(each) for each in _marked(text, value))
    _assert_found(plain, masked, value)


@pytest.mark.parametrize(("name", "text", "value"), DEFAULTS)
def test_a_default_of_a_secret_column_is_found(name: str, text: str, value: str) -> None:
    """What every new row gets as its password is a credential, also where it is a common word."""
    plain, masked = (public(table("t", [column(name, default=each)])) for each in _marked(text, value))
    _assert_found(plain, masked, value)


@pytest.mark.parametrize("text", HARMLESS_COMMENTS)
def test_a_harmless_comment_has_no_warning(text: str) -> None:
    """Prose about passwords, roles, paths, digests and commits raises no alarm, nor does an enum label."""
    assert find_credentials(public(table("t", comment=text))) == ()
    assert find_credentials(database(schema("s", comment=text))) == ()


@pytest.mark.parametrize("text", HARMLESS_EXPRESSIONS)
def test_a_harmless_expression_has_no_warning(text: str) -> None:
    """States, kinds, patterns, digests and empty values beside a secret name raise no alarm."""
    assert find_credentials(_view(text)) == ()


@pytest.mark.parametrize(("name", "text"), HARMLESS_DEFAULTS)
def test_a_harmless_default_has_no_warning(name: str, text: str) -> None:
    """Absent values, generators, references and other types raise no alarm, whatever the column is called."""
    assert find_credentials(public(table("t", [column(name, default=text)]))) == ()


def _view(definition: str) -> DatabaseSchema:
    return public(table("v", kind=TableKind.VIEW, definition=definition))
