"""What people see in a browser: the report, the list, the ranking and the forms; no session is kept."""
