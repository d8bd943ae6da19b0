"""The fraud model's recipe, its evaluation and its card."""
