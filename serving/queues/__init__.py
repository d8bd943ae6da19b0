"""Requests that wait: together, in batches, on threads, for callers who are still there."""
