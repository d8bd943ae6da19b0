"""The fit model's recipe: niches, topics of brands, judged pairs; its evaluation and its card."""
