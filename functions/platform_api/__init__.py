"""The campaign platform tells of calls over HTTP here, and gets each call's tags in the answer."""
