"""Full-size stand-ins: models of true shape and size with random weights, and their memory told from the header."""
