"""The bundle that ships to Lambda: building, pruning and minifying it."""
