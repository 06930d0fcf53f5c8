"""Alerts about keys that fall silent, or few of whose postings match a call; runs on a schedule."""
