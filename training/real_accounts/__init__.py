"""Real accounts: as they are, with fraud injected into them, and beside simulated ones."""
