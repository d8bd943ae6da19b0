"""How the ledger's tables came about, as Alembic runs it from inside the package."""
