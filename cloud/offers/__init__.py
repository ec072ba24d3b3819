"""Which offer a shopper may see, and when: rules as pure functions, campaigns as data."""
