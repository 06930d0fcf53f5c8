"""Tasks of a person with an AWS account: deploying, checking, recovering."""
