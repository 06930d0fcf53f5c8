"""Publishers post tags here, over HTTP."""
