"""The platform API: the campaign platform reports calls and reads their tags over HTTP."""
