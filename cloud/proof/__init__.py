"""Logs that nobody can change unseen: Merkle trees (RFC 6962), signed heads, and the auditor's verifier."""
