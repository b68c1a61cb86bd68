"""The list of supervision: matters that everybody at work sees until they are taken off."""
