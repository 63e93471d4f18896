"""The contract as plain Python: what the Kotlin and Rust sides port. No ML imports, nothing of ours imported."""
