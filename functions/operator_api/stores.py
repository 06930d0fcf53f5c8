"""What the operator API reads and writes, made once a process."""

import os

from shared import dynamodb
from shared.call_store import CallStore
from shared.key_store import KeyStore
from shared.log_reader import LogReader
from shared.log_store import LogStore
from shared.settings import OperatorApiSettings

settings = OperatorApiSettings.load(os.environ)
_client = dynamodb.make_client()
key_store = KeyStore(_client, settings.postback_keys_table)
log_reader = LogReader(_client, settings.postback_log_table)
call_store = CallStore(
    _client,
    settings.call_data_table,
    LogStore(_client, settings.postback_log_table),
    settings.longest_call,
)
