"""How well a node sees: its own detector and tracker against footage whose truth is known."""

from edge.score.program import add_arguments, command

__all__ = ["add_arguments", "command"]
