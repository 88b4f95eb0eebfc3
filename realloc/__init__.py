"""Who should hold which grassroots task in which place, with proof. See README.md."""

__version__ = "0.1.0"
