"""The pages that are read. Each asks the operator API for what it shows, and no more."""
