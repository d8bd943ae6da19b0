"""What creators and briefs say, as the fit model compares it: documents, terms, the space of topics."""
