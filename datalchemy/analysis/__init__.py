"""Pure rules over the model."""
