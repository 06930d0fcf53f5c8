"""Counts postings and their outcomes, from the postback log's stream."""
