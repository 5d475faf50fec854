"""What looks like a secret wherever it appears, without being known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datalchemy.adapters import harmless_parameters
from datalchemy.secrets.connection import parse_connection
from datalchemy.secrets.patterns import mask_patterns
from datalchemy.secrets.references import Template
from datalchemy.secrets.vault import Vault


class TestPatterns:
    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("postgres://u:senha@h/db", "postgres://u:***@h/db"),
            ("at postgres://u:p@ss/w:rd@h:5432/db now", "at postgres://u:***@h:5432/db now"),
            ("postgres://u:a@h1/x,postgres://u:b@h2/y", "postgres://u:***@h2/y"),
            ("postgres://u@h:5432/db", "postgres://u@h:5432/db"),
            ("postgres://h1:5432,h2:5433/db.", "postgres://h1:5432,h2:5433/db."),
            ("postgres://[::1]:5432/db", "postgres://[::1]:5432/db"),
            ("postgres://u:senha", "postgres://u:***"),
            ("see https://host:8080.", "see https://host:8080."),
            ("postgres://<env:U>:<env:P>@h/db", "postgres://<env:U>:<env:P>@h/db"),
            ("postgres://u:<env:P|pw x>@h/db", "postgres://u:<env:P|***>@h/db"),
            ("postgres://h/db?password=x&sslmode=require", "postgres://h/db?password=***&sslmode=require"),
            ("host=h password=x y=z", "host=h password=*** y=z"),
            ("password=a&b,c;d) host=h", "password=*** host=h"),
            ("password = 'a b\\' c' host=h", "password = '***' host=h"),
            ("password='it''s' host=h", "password='***' host=h"),
            ("password='never closed", "password='***'"),
            ('password="a b" x', 'password="***" x'),
            ("password='' host=h", "password='' host=h"),
            ("PGPASSWORD=x psql", "PGPASSWORD=*** psql"),
            ("sslpassword=x", "sslpassword=***"),
            ("db.password=<env:X>", "db.password=<env:X>"),
            ("db.password='<env:X>'", "db.password='<env:X>'"),
            ("db.password=${oc.env:X}", "db.password=${oc.env:X}"),
            ("db.password='${secret:file,/run/pw}', done", "db.password='${secret:file,/run/pw}', done"),
            ("postgres://u:${oc.env:X}@h/d", "postgres://u:${oc.env:X}@h/d"),
            ("password: ${oc.env:X,null}\npassword: x", "password: ${oc.env:X,null}\npassword: ***"),
            ("password=${oc.env:X}y", "password=***"),
            ("password=x${oc.env:X}", "password=***"),
            ("password=${oc.env:X,y}", "password=***"),
            ("postgres://u:x${oc.env:X}@h/d", "postgres://u:***@h/d"),
            ("${secret:file,/run\npassword=x}", "${secret:file,/run\npassword=***"),
            ("password=***, done", "password=***, done"),
            ("token=abc", "token=***"),
            ("api_key=abc", "api_key=***"),
            ("API-KEY=abc", "API-KEY=***"),
            ("client_secret='abc'", "client_secret='***'"),
            ('{"password": "abc", "a": 1}', '{"password": "***", "a": 1}'),
            ("{'password': 'abc', 'a': 1}", "{'password': '***', 'a': 1}"),
            ('{"password": "<env:X>"}', '{"password": "<env:X>"}'),
            ('{"password": null}', '{"password": null}'),
            ("ALTER ROLE x PASSWORD 'abc'", "ALTER ROLE x PASSWORD '***'"),
            ("password: abc def", "password: ***"),
            ("db:\n  password: abc\n  host: h", "db:\n  password: ***\n  host: h"),
            ("  db.password: Input should be a string", "  db.password: Input should be a string"),
            ("password authentication failed for user 'x'", "password authentication failed for user 'x'"),
            ("fe_sendauth: no password supplied", "fe_sendauth: no password supplied"),
            ("WHERE password == x", "WHERE password == x"),
            ("h.example:5432:db:user:s3:cr3t", "h.example:5432:db:user:***"),
            ("# x\n*:*:*:*:s3cr3t\ny", "# x\n*:*:*:*:***\ny"),
            ("2026-01-10T12:34:56.1Z at a:b:c", "2026-01-10T12:34:56.1Z at a:b:c"),
            ('invalid percent-encoded token: "s3%zz"', 'invalid percent-encoded token: "***"'),
            (
                'missing "=" after "u:pw" x" in connection info string',
                'missing "=" after "***" in connection info string',
            ),
            (
                'invalid integer value "ss@h" for connection option "port"',
                'invalid integer value "***" for connection option "port"',
            ),
            ("failed to resolve host '1@127.0.0.1': no", "failed to resolve host '***@127.0.0.1': no"),
            ('could not translate host name "ss@h" to', 'could not translate host name "***@h" to'),
            ('connection to server at "127.0.0.1", port 5432', 'connection to server at "127.0.0.1", port 5432'),
        ],
    )
    def test_where_secrets_stand(self, text: str, masked: str) -> None:
        """What stands where a secret belongs is masked although nobody told of it; the rest stays; twice is once."""
        assert mask_patterns(text) == masked
        assert mask_patterns(masked) == masked

    @settings(deadline=None)
    @given(st.text(alphabet="ab:/@?#&='\"\\ \n<>env[]%.,pasword10"))
    def test_it_never_fails(self, text: str) -> None:
        """Every text can be scrubbed, and a scrubbed text shown as a URL or a conninfo string."""
        mask_patterns(text)
        connection = parse_connection(Template(text), harmless_parameters())
        connection.shown()
        connection.secrets()
        connection.given(Vault().keep).values()
