"""Handles the campaign platform's call events, which come from the bus through a queue."""
