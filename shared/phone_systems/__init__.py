"""Webhooks and events of phone systems, read as call reports.

One module per system, each with a function `read(members) -> CallReport | Ignored`. Pure: no clock,
no stores, no network. `recognition` chooses the module.
"""
