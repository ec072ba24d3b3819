"""The shopper's pages: a product under a tag, the store's front, and what a shopper let us keep."""
