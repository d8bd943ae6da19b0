"""From fit, reach and risk to places, and what is told of the creators in them."""
