"""Credentials that somebody left in a structure's own texts."""
