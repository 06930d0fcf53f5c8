"""What ships in Lambda: building it, and pruning what is never read."""
