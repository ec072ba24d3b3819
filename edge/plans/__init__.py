"""The plan that a node works by: judged when the cloud sends a newer one, kept on the disk, and taken."""
