"""The rows that signals are evaluated over, one module a table: prepared once, shared by its signals."""
