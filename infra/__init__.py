"""What is deployed: the CDK stack, a construct per noun."""
