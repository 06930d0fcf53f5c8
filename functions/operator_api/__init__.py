"""Operators create publishers and postback keys here, over signed HTTP."""
