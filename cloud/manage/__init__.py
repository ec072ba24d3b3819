"""What managers see and who they are, without a page."""
