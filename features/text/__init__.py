"""What texts say and how they are written: words of praise, scripts, languages, copies."""
