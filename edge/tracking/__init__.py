"""People followed over the floor, by all cameras of a node and in memory alone."""
