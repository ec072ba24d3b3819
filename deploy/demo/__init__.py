"""A whole store on one machine: broker, cloud, simulated hardware and three nodes, each a process of its own."""
