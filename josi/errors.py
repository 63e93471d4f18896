"""The contract layer's one exception; everything else in `josi/` is a total function.

ContractError(ValueError)   a value that breaks the contract: says which field, what it held, what is allowed
"""


class ContractError(ValueError):
    """An object does not follow the contract; the message names the field and the remedy."""
