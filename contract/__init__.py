"""The machine-readable contracts with publishers, operators and campaign platforms."""
