"""`calltags`, the command line for operators: a client of the operator API."""
