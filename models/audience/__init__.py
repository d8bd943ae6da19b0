"""What a follower's profile shows, and how many of a sample are fake."""
