"""What the functions mean by the same words. Imports neither `functions` nor `infra`."""
