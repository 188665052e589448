"""A network that hears the composition: other versions of a work, in other keys, tempos and instruments.

`spectra` draws recordings as constant-Q spectrograms, `network` is what is trained, `views` makes one performance
sound like another, `training` puts versions near each other.
"""
