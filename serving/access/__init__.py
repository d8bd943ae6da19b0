"""Who may call what and how much at once, what every answer carries, and what is written of it."""
