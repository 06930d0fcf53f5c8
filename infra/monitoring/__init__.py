"""What tells operators how the service does: alarms, the dashboard, saved queries."""
