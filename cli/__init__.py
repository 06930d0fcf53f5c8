"""`calltags`: the operator's command line. A client of the operator API, like any other."""
