"""What the comment model reads of a text: n-grams, and signals that need no language."""
