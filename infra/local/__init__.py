"""The service on one machine: the same app, deployed on an embedded AWS."""
