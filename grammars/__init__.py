"""Schema to GBNF compiler, the compiled grammars and the oracle that checks one against the other."""
