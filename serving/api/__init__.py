"""What the endpoints take and answer, and the document that describes them."""
