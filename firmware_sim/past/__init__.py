"""Days that are over: shoppers, what the cameras told of them, and the truth, made in seconds instead of lived."""
