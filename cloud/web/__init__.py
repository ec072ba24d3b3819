"""The pages and the programming interface: the only place that speaks HTTP."""
