"""A challenger beside the champion, and the gates that it must pass."""
