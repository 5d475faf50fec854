"""An engine that is no PostgreSQL: three databases in memory, behind the contract of `datalchemy.adapters.base`."""

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from datalchemy.adapters import Engine
from datalchemy.adapters.base import PRE_DATA, ConnectionTarget, ServerInfo
from datalchemy.analysis.fingerprint import FINGERPRINT_VERSION, fingerprint
from datalchemy.errors import ConnectionFailedError
from datalchemy.events import Events
from datalchemy.model.base import QualifiedName
from datalchemy.model.capture import Capture, QueryTiming, TableEstimate
from datalchemy.model.constraints import CheckConstraint, ForeignKey, PrimaryKey
from datalchemy.model.filter import ObjectFilter
from datalchemy.model.options import DEFAULT_CAPTURE, CaptureOptions
from datalchemy.model.schema import DatabaseSchema, Schema
from datalchemy.model.table import Column, Index, IndexKey, Table, TableKind
from datalchemy.model.types import TypeKind, TypeReference
from datalchemy.secrets.vault import Vault

ENGINE = Engine("toy", "Toy", ("toy",), adapter=f"{__name__}:ToyAdapter", dialect=f"{__name__}:ToyDialect")

_REFERENCES: dict[str, dict[str, str | None]] = {
    "shop": {"customer": None, "orders": "customer", "item": "orders"},
    "loop": {"hen": "egg", "egg": "hen"},
    "broken": {},
}
_NUMBER = TypeReference(schema_name="toy", name="number", kind=TypeKind.BASE)


class ToyAdapter:
    """Reads a database that the URL or `dbname` names."""

    def __init__(self, target: ConnectionTarget, *, events: Events, vault: Vault) -> None:
        self._name = target.dbname or urlsplit(vault.open(target.url or "")).path.strip("/")
        self._events = events

    def ping(self) -> ServerInfo:
        """Return who is there; raise ConnectionFailedError where nobody is."""
        if self._name not in _REFERENCES:
            raise ConnectionFailedError(f"cannot connect: no toy is called {self._name}", remedy="check db.dbname")
        tables = len(_REFERENCES[self._name])
        return ServerInfo(
            version="1.0",
            database=self._name,
            role="child",
            tls=False,
            round_trip_seconds=0.0,
            schemas=1,
            tables=tables,
            selectable_tables=tables,
            features=(),
        )

    def introspect(
        self,
        object_filter: ObjectFilter,
        *,
        options: CaptureOptions = DEFAULT_CAPTURE,
        skip_unrenderable: bool = False,
    ) -> Capture:
        """Return the tables of the one schema, `main`, that the filter keeps."""
        server = self.ping()
        self._events("connected", database=server.database, role=server.role, version=server.version, seconds=0.0)
        if server.database == "broken":
            raise ZeroDivisionError("a fault of the adapter")
        names = [name for name in _REFERENCES[server.database] if object_filter.keeps_table("main", name)]
        tables = tuple(_table(name, _REFERENCES[server.database][name]) for name in sorted(names))
        schemas = (Schema(name="main", tables=tables),) if object_filter.keeps_schema("main") else ()
        return Capture(
            schema=DatabaseSchema(
                engine=ENGINE.name,
                engine_version=server.version,
                database=server.database,
                fingerprint=fingerprint(schemas, None),
                fingerprint_version=FINGERPRINT_VERSION,
                schemas=schemas,
            ),
            estimates=tuple(TableEstimate(schema_name="main", table=one.name, rows=7, pages=None) for one in tables),
            warnings=(),
            queries=(QueryTiming(query="tables", rows=len(tables), seconds=0.0),),
            connect_seconds=0.0,
            read_seconds=0.0,
            assemble_seconds=0.0,
        )


class ToyDialect:
    """Every table has a `rowid`; a table and an index may have one name, two tables may not."""

    generated_names = None
    system_columns = frozenset({"rowid"})
    system_schemas = frozenset[str]()

    def name_spaces(self, schema: Schema) -> Iterable[list[str]]:
        """Return the one group of names that must differ."""
        return ([table.name for table in schema.tables],)

    def script(self, schema: DatabaseSchema) -> "ToyScript":
        """Return the DDL of a structure."""
        return ToyScript(schema)


class ToyScript:
    """One `MAKE` for each table."""

    refused: tuple[str, ...] = ()

    def __init__(self, schema: DatabaseSchema) -> None:
        self._tables = [table.name for owner in schema.schemas for table in owner.tables]

    def text(self, *, restrict_key: str | None = None, sections: Collection[str] = ()) -> str:
        """Return the script, whose tables are all before the data; a toy's client has no commands of its own."""
        if sections and PRE_DATA not in sections:
            return ""
        return "".join(f"MAKE {name}\n" for name in self._tables)


def _table(name: str, references: str | None) -> Table:
    columns = ("id",) if references is None else ("id", f"{references}_id")
    key = PrimaryKey(name=f"{name}_key", columns=("id",))
    kept = CheckConstraint(name=f"{name}_kept", raw_sql="rowid > 0", expr="rowid > 0", columns=("rowid",))
    foreign = () if references is None else (_foreign_key(name, references),)
    return Table(
        name=name,
        kind=TableKind.TABLE,
        columns=tuple(
            Column(name=column, ordinal=ordinal, data_type="number", type=_NUMBER, nullable=False, not_null=True)
            for ordinal, column in enumerate(columns, start=1)
        ),
        constraints=(kept, *foreign, key),
        indexes=(_index(name, key.name),),
    )


def _index(name: str, constraint: str) -> Index:
    key = IndexKey(column="id", opclass=QualifiedName(schema_name="toy", name="by_number"))
    definition = f"INDEX {name} OF {name} (id)"
    return Index(
        name=name,
        unique=True,
        primary=True,
        method="tree",
        keys=(key,),
        constraint=constraint,
        definition=definition,
    )


def _foreign_key(name: str, references: str) -> ForeignKey:
    return ForeignKey(
        name=f"{name}_{references}",
        columns=(f"{references}_id",),
        ref_schema="main",
        ref_table=references,
        ref_columns=("id",),
    )
