"""What people do with a deployment in an AWS account: deploying, looking it over, recovering."""
