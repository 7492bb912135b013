"""Our own MQTT door: devices speak to it, and it acknowledges only what its owner has made durable."""
