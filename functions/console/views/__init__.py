"""The console's web pages, by subject."""
