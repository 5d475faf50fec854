"""Recognises servers that speak PostgreSQL's protocol and are other products, by the text of `version()`.

Products that add to PostgreSQL itself (Aurora, Citus, Timescale, EDB, Percona ...) keep its catalogs, and are read.
"""

import re
from collections.abc import Callable

from datalchemy.errors import CatalogError
from datalchemy.text import shown

_PRODUCTS = {
    "CockroachDB": r"CockroachDB",
    "Amazon Redshift": r"Redshift",
    "YugabyteDB": r"-YB-|Yugabyte",
    "Greenplum": r"Greenplum",
    "Apache Cloudberry": r"Cloudberry",
    "Apache HAWQ": r"HAWQ",
    "openGauss": r"openGauss",
    "GaussDB": r"GaussDB",
    "MogDB": r"MogDB",
    "Vastbase": r"Vastbase",
    "KingbaseES": r"Kingbase",
    "Materialize": r"Materialize",
    "RisingWave": r"RisingWave",
    "CrateDB": r"CrateDB",
    "QuestDB": r"QuestDB",
    "CedarDB": r"CedarDB",
    "H2": r"using H2",
}
_OF_POSTGRESQL = re.compile(r"\s*(?:Postgres|EnterpriseDB)", re.IGNORECASE)
_LONGEST_NAME = 60


def pretender(version: str, scrub: Callable[[str], str]) -> CatalogError | None:
    """Return the error for a server that is another product, or None for PostgreSQL.

    It is an error of the catalog, as that of a server that is too old: the connection is good, and another attempt
    would find the same catalogs.

    Args:
        version: what the server's `version()` returns.
        scrub: removes secrets from a text.
    """
    for name, pattern in _PRODUCTS.items():
        if re.search(pattern, version, re.IGNORECASE):
            return _refused(name)
    return None if _OF_POSTGRESQL.match(version) else _refused(f"no PostgreSQL: {_named(version, scrub)!r}")


def _named(version: str, scrub: Callable[[str], str]) -> str:
    return " ".join(shown(version, scrub, limit=_LONGEST_NAME).split())


def _refused(what: str) -> CatalogError:
    return CatalogError(
        f"the server is {what}; it speaks PostgreSQL's protocol, and its catalogs are not PostgreSQL's",
        remedy="read a PostgreSQL server (13 or newer) instead; a server made of it, such as Aurora or EDB, will do",
    )
