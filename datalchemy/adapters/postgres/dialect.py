"""The rules of PostgreSQL that need no connection: names and DDL."""

from datalchemy.adapters.postgres.ddl.script import Script, script
from datalchemy.adapters.postgres.naming import SYSTEM_SCHEMAS, PostgresNames
from datalchemy.model.schema import DatabaseSchema, Schema


class PostgresDialect:
    """PostgreSQL's Dialect; see adapters.base."""

    generated_names = PostgresNames()
    system_columns = frozenset({"tableoid", "ctid", "xmin", "cmin", "xmax", "cmax"})
    system_schemas = SYSTEM_SCHEMAS

    def name_spaces(self, schema: Schema) -> tuple[list[str], list[str]]:
        """Return the names in pg_class and those in pg_type, each of which is unique in its schema."""
        tables = [table.name for table in schema.tables]
        composites = [one.name for one in schema.composites]
        indexes = [index.name for table in schema.tables for index in table.indexes]
        multiranges = [one.multirange for one in schema.ranges if one.multirange is not None]
        return (
            [*tables, *composites, *indexes, *(one.name for one in schema.sequences)],
            [
                *tables,
                *composites,
                *(one.name for one in schema.enums),
                *(one.name for one in schema.domains),
                *(one.name for one in schema.ranges),
                *(one.name for one in multiranges if one.schema_name == schema.name),
            ],
        )

    def script(self, schema: DatabaseSchema) -> Script:
        """Return the DDL of a structure; see ddl.script."""
        return script(schema)
