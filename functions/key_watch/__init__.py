"""Keys that fall silent, or whose postings match too little, are looked for here, now and then."""
