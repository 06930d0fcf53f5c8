"""What runs: one package per Lambda function, none of which imports another."""
