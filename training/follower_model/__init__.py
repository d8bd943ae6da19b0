"""The follower model's recipe, its evaluation and its card."""
