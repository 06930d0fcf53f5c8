"""Names that the deployed tables and the stores share. Imports nothing."""

PARTITION_KEY = "pk"
SORT_KEY = "sk"
TTL_ATTRIBUTE = "expires_at"

CALL_SORT_KEY = "CALL"
CALLER_CALL_PREFIX = "CALL#"
PENDING_PREFIX = "PENDING#"
LOGGED_PREFIX = "LOGGED#"
ANNOUNCED_AT_ATTRIBUTE = "announced_at"
FORGOTTEN_AT_ATTRIBUTE = "forgotten_at"
PARENT_ATTRIBUTE = "parent_call_uuid"
"""The call that a leg belongs to. An item that has it is never a call."""
ASSUMED_START_ATTRIBUTE = "assumed_start"
"""The start of a call, in milliseconds since 1970, if no report has said it. It counts only while
it equals the call's start."""
REMEMBERED_LEG_PREFIX = "leg#"
"""Attributes of this prefix remember a leg's times until the call, or its main leg, is known."""

KEYS_BY_PUBLISHER_INDEX = "by_publisher"
PUBLISHER_ID_ATTRIBUTE = "publisher_id"
CREATED_AT_ATTRIBUTE = "created_at"

LOG_BY_CALLER_INDEX = "by_caller_number"
CALLER_NUMBER_ATTRIBUTE = "caller_number"
LOG_BY_CALLER_ATTRIBUTES = ("posting_id", "key_id", "call_uuid")
"""The attributes that the index projects: only those by which a row is found."""

LOG_SHARDS = 16
"""Partitions per key and day. Each takes 1,000 writes per second."""
