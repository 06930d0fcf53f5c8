"""What publishers, operators and the campaign platform can rely on, for programs to read."""
