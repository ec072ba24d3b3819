"""The floor in metres: how a picture shows it, and the figures drawn on it."""
