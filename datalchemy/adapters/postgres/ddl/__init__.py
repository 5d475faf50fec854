"""DDL from schema.json alone: it proves that the file is complete, and creates the structure again."""
