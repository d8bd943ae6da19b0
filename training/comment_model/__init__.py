"""The comment model's recipe, its evaluation and its card."""
