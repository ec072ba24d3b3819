"""The ciphers that the played hardware has: one place of the library that computes them."""
