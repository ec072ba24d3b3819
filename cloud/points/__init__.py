"""What a shopper is given for what they share and buy: a double-entry ledger of points, their rates and their end."""
