"""The campaign platform's call events arrive here, from the bus through a queue."""
