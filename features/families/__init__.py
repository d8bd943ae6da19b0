"""The signals, a module a family: each a named expression with its unit, direction and sentence."""
