"""What people did on the floor: crossings, stays, occupancy and heat, in seconds and metres."""
