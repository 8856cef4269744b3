"""What goes into the network and comes out of it."""

MODALITIES = 4
CLASSES = 4  # background, then as task043.LABELS
DOWN_SAMPLINGS = 5
DIVISOR = 2**DOWN_SAMPLINGS  # of every side of a grid
