"""The operator API's settings and stores, created once per process."""

import os

from shared.runtime.settings import OperatorApiSettings
from shared.stores import dynamodb
from shared.stores.activity import ActivityStore
from shared.stores.caller_reader import CallerReader
from shared.stores.calls import CallStore
from shared.stores.forgetting import Forgetting
from shared.stores.keys import KeyStore
from shared.stores.log import LogStore
from shared.stores.log_reader import LogReader
from shared.stores.platform_keys import PlatformKeyStore

settings = OperatorApiSettings.load(os.environ)
_client = dynamodb.make_client()
key_store = KeyStore(_client, settings.postback_keys_table)
platform_key_store = PlatformKeyStore(_client, settings.postback_keys_table)
log_reader = LogReader(_client, settings.postback_log_table)
activity_store = ActivityStore(_client, settings.activity_table)
call_store = CallStore(
    _client,
    settings.call_data_table,
    LogStore(_client, settings.postback_log_table),
    settings.longest_call,
)
caller_reader = CallerReader(_client, settings.call_data_table)
forgetting = Forgetting(
    _client,
    settings.call_data_table,
    settings.postback_log_table,
    call_store,
    settling_seconds=float(settings.settling_seconds),
)
