"""From argv to a run: the only room that knows Hydra."""
