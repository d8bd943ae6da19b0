"""The service over HTTP and the report page."""
