"""The inner room: values and rules about them. No I/O, no driver, no Hydra."""
