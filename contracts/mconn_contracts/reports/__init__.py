"""Reports: one pure renderer for each format."""
