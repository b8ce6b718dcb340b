"""One module or folder for each experiment."""
