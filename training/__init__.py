"""Audits to a registered model: split, fit, evaluate, log; and the simulator of audits."""
