"""ragvsft: should you fine-tune, retrieve, or do both? Measured on your own documents and questions."""

__version__ = "0.1.0"
