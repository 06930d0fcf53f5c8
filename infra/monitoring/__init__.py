"""Monitoring: alarms, the dashboard and saved queries."""
