"""Who does in the world what the day says: hands, phones, the till."""
