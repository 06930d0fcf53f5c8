"""Account managers see publishers, keys, postings and calls here, in a browser, and change them."""
