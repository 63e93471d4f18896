"""The `josi` command's parts, one file a group of commands: thin skins on the library functions."""
