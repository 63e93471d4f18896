"""Device tiers as data, the container runner, the agent that runs inside, telemetry."""
