"""Data synthesis, SFT, merge, GGUF conversion and quantisation, base-model catalogue, pinned checkpoints."""
