"""From a message on the broker to rows in the store, and the receipt for it."""
