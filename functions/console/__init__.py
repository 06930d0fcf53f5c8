"""The console: web pages where account managers see and change publishers, keys and postings."""
