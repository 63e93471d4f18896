"""What every stage stands on: artifact store, provenance, errors, llama.cpp bindings, set-up checks."""
