"""The embedded MQTT broker: nats-server, its users and their rights."""
