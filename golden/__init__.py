"""The golden scenarios: data first, little code."""
