"""Real accounts: as they are, with fraud injected, and beside simulated ones."""
