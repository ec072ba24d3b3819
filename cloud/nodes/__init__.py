"""What the cloud tells its nodes and asks of them: plans, orders and their answers, signed."""
