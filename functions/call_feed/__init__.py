"""Announces calls' tags on the bus, from the call data table's stream."""
