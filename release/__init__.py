"""The gate, the signed manifest, the report and the josi command."""
