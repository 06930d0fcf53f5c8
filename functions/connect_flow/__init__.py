"""Reports calls from the flows of Amazon Connect, and returns their tags to the flow."""
