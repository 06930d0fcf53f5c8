"""The sources of the events on the bus."""

PLATFORM_SOURCE = "campaign.platform"
"""The source of the platform's call events."""

SERVICE_SOURCE = "call-data-writing"
"""The source of the service's own events, as `SOURCE` in `shared/domain/platform_events.py`."""
