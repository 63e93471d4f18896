"""Data synthesis: training rows composed from vocabulary files, deterministic from a seed.

compose.py      dice, template expansion and keyboard noise, shared by both roles
dedupe.py       exact and near-duplicate detection
interpreter*.py messages with their GATCRequest labels (the rules are in LABELS.md)
explainer*.py   coaching answers
words/*.toml    the phrasings, as data
"""
