"""What people found: labels, their weights and doubts, whom to audit next, how scores did."""
