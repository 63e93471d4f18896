"""The inference engine over llama.cpp, the evaluation layers, statistics and baselines."""
