"""The embedded default: an invented practice and a local stand-in for Twenty."""
