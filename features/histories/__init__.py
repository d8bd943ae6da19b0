"""Follower histories: their pace, what stands out in them, and what explains it."""
