"""The publishers' API: postings, posting instructions and the contract, over HTTP."""
