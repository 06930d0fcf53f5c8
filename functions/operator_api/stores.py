"""The operator API's settings and stores, created once per process."""

import os

from shared.runtime.settings import OperatorApiSettings
from shared.stores import dynamodb
from shared.stores.activity import ActivityStore
from shared.stores.call_records import CallRecords
from shared.stores.caller_reader import CallerReader
from shared.stores.erasure import ErasureStore
from shared.stores.history import HistoryStore
from shared.stores.keys import KeyStore
from shared.stores.log_reader import LogReader
from shared.stores.platform_keys import PlatformKeyStore
from shared.stores.user_pool import UserPool

settings = OperatorApiSettings.load(os.environ)
_client = dynamodb.make_client()
key_store = KeyStore(_client, settings.postback_keys_table)
platform_key_store = PlatformKeyStore(_client, settings.postback_keys_table)
log_reader = LogReader(_client, settings.postback_log_table)
history_store = HistoryStore(_client, settings.history_table)
user_pool = UserPool(settings.user_pool_id)
activity_store = ActivityStore(_client, settings.activity_table)
call_records = CallRecords(_client, settings.call_data_table)
caller_reader = CallerReader(_client, settings.call_data_table)
erasure_store = ErasureStore(_client, settings.call_data_table, settings.postback_log_table)
