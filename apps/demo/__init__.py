"""A made-up organisation to try Opener on. The highest app: it writes rows of all others."""
