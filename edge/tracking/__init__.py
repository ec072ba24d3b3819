"""People followed over the floor, in one camera's view and in memory alone."""
