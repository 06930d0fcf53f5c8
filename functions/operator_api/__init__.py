"""The operator API: publishers, keys, the log, calls and callers, over signed HTTP."""
