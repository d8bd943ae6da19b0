"""Creators and briefs side by side: vectors, niches, topics of brands, and the features of a pair."""
