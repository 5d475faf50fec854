"""The names of libpq's connection parameters and variables, without libpq."""

from types import MappingProxyType

from datalchemy.adapters.base import ConnectionParameters

PARAMETERS = ConnectionParameters(
    harmless=frozenset(
        {
            "application_name",
            "channel_binding",
            "client_encoding",
            "connect_timeout",
            "dbname",
            "fallback_application_name",
            "gssencmode",
            "host",
            "hostaddr",
            "keepalives",
            "keepalives_count",
            "keepalives_idle",
            "keepalives_interval",
            "krbsrvname",
            "load_balance_hosts",
            "max_protocol_version",
            "min_protocol_version",
            "passfile",
            "port",
            "replication",
            "require_auth",
            "requirepeer",
            "service",
            "ssl",
            "ssl_max_protocol_version",
            "ssl_min_protocol_version",
            "sslcert",
            "sslcertmode",
            "sslcompression",
            "sslcrl",
            "sslcrldir",
            "sslkey",
            "sslmode",
            "sslnegotiation",
            "sslrootcert",
            "sslsni",
            "target_session_attrs",
            "tcp_user_timeout",
            "user",
        }
    ),
    variables=MappingProxyType(
        {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
    ),
    service=("service", "PGSERVICE"),
)
"""What libpq's manual says of each: paths to secrets are no secrets; a service has precedence over variables."""
