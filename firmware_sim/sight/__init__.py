"""Scenes that are hard to see, named: who walks where in which light, with an exact truth; no drawing in here."""
