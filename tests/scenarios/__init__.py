"""Each scenario of sight filmed and scored as a user would: `python -m tests.scenarios` writes edge/SCENARIOS.md."""
