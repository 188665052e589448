"""Every figure of the study: each function takes data, returns the figure, and never shows it.

One module a notebook's theme: `catalog`, `corpus`, `metadata` and `variants` (01), `signal` (02), `augmentation` (03),
`architecture` and `training` (04, 05), `distances`, `audit` and `sweep` (06),
`covers` and `invariance` (07). Their common look is in `style`.
"""
