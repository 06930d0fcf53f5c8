"""The service on this machine: the same CDK app, deployed on an embedded AWS."""
