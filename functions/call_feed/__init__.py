"""Each call's tags leave here, from the call data table's stream to the bus."""
