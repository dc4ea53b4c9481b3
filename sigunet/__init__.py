"""sigunet: the ink of a handwritten signature, cleaned of paper, print, stamps and noise."""

__version__ = "0.1.0"
