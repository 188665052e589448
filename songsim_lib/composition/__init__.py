"""A network that hears the composition: other versions of a work, in other keys, tempos and instruments.

`network` is what is trained, `views` makes one performance sound like another.
"""
