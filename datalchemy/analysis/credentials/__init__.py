"""Credentials that people left in a structure's own texts."""
