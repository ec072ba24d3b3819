"""What crosses the wire between a node and the cloud: events, their bytes, the topics, the plan of a store."""
