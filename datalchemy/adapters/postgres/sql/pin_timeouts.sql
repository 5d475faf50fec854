-- No row: the timeouts of this transaction, set before anything is looked up in a catalog that may be locked.
-- Parameters: statement_timeout, lock_timeout, idle_timeout (text, milliseconds), written into the text by the driver:
-- SET takes none. Serves PostgreSQL 9.6 and later. SET itself reads no catalog, as a query with a function would.
set local statement_timeout = %(statement_timeout)s;
set local lock_timeout = %(lock_timeout)s;
set local idle_in_transaction_session_timeout = %(idle_timeout)s
