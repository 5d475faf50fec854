"""Servers that speak PostgreSQL's protocol and are other products are known by what `version()` says."""

import pytest

from datalchemy.adapters.postgres.pretenders import pretender
from datalchemy.errors import ExitCode

_OTHERS = {
    "CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27 01:53:43, go1.19.10)": "CockroachDB",
    "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), "
    "Redshift 1.0.54239": "Amazon Redshift",
    "PostgreSQL 11.2-YB-2.18.0.1-b0 on x86_64-pc-linux-gnu, compiled by clang version 15.0.3, 64-bit": "YugabyteDB",
    "PostgreSQL 15.2-YB-2.25.0.0-b489 on x86_64-pc-linux-gnu, compiled by clang version 17.0.6, 64-bit": "YugabyteDB",
    "PostgreSQL 9.4.26 (Greenplum Database 6.25.3 build commit:367edc6b4dfd909fe38fc288ade9e294d74e3f9a) on "
    "x86_64-unknown-linux-gnu, compiled by gcc (GCC) 6.4.0, 64-bit": "Greenplum",
    "PostgreSQL 12.12 (Greenplum Database 7.0.0 build commit:0a7a3566873325aca1789ae6f818c80f17a9402d) on "
    "x86_64-pc-linux-gnu, compiled by gcc (GCC) 8.5.0, 64-bit": "Greenplum",
    "PostgreSQL 14.4 (Cloudberry Database 1.5.4 build commit:5f6e6f0) on x86_64-pc-linux-gnu": "Apache Cloudberry",
    "(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 03:37:13 commit 0 last mr  on "
    "x86_64-unknown-linux-gnu, compiled by g++ (GCC) 7.3.0, 64-bit": "openGauss",
    "PostgreSQL 9.2.4 (GaussDB 8.1.3 build 39137c2d) compiled at 2022-04-01 15:43:11": "GaussDB",
    "KingbaseES V008R006C007B0012 on x64": "KingbaseES",
    "PostgreSQL 9.5.0 on x86_64-unknown-linux-gnu (Materialize v0.84.0)": "Materialize",
    "PostgreSQL 13.14.0-RisingWave-1.10.0 (f3b4bd5e5f2e5d3a)": "RisingWave",
    "CrateDB 5.6.1 (built 0dc6a3f/2024-02-29T14:32:10Z, Linux 5.15.0 amd64, OpenJDK 21.0.2)": "CrateDB",
    "PostgreSQL 12.3, compiled by Visual C++ build 1914, 64-bit, QuestDB": "QuestDB",
    "PostgreSQL 8.2.23 server protocol using H2 2.1.214 (2022-06-13)": "H2",
    "SomethingElse 1.0": "no PostgreSQL: 'SomethingElse 1.0'",
}
_POSTGRESQL = (
    "PostgreSQL 18.4 on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit",
    "PostgreSQL 18beta1 on aarch64-apple-darwin, compiled by Apple clang version 15.0.0, 64-bit",
    "PostgreSQL 16.2 (Debian 16.2-1.pgdg120+2) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
    "PostgreSQL 15.4 on aarch64-unknown-linux-gnu, compiled by aarch64-unknown-linux-gnu-gcc (GCC) 9.5.0, 64-bit",
    "PostgreSQL 14.8 (EnterpriseDB Advanced Server 14.8.0) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
    "PostgreSQL 16.3 - Percona Server for PostgreSQL 16.3.1 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
    "PostgreSQL 15.7 on x86_64-pc-linux-gnu, compiled by Debian clang version 12.0.1, 64-bit",
)


@pytest.mark.parametrize(("version", "name"), _OTHERS.items(), ids=_OTHERS.values())
def test_another_product_is_refused_by_its_name(version: str, name: str) -> None:
    """The error names the product, is one of the catalog, and promises nothing of another attempt."""
    error = pretender(version, str)
    assert error is not None
    assert error.message.startswith(f"the server is {name}; ")
    assert (error.exit_code, error.transient) == (ExitCode.CATALOG, False)


@pytest.mark.parametrize("version", _POSTGRESQL)
def test_what_is_made_of_postgresql_is_read(version: str) -> None:
    """PostgreSQL, and the products that are PostgreSQL with something added, are not refused."""
    assert pretender(version, str) is None


def test_an_unknown_text_is_shown_without_secrets_and_not_whole() -> None:
    """What an unknown server says of itself is scrubbed, cut, and on one line."""
    error = pretender("Other\n hunter2 " + "x" * 1000, lambda text: text.replace("hunter2", "***"))
    assert error is not None
    assert "'Other *** xxx" in error.message
    assert len(error.message) < 220
