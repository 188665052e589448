"""The audit of the report: what each of its numbers measured, corrected, and ours beside it.

`reported` holds what the report says; `counts`, `original` and `wiring`, `noise` and `shortcut`, `freezing` and
`effects`, `on_covers` measure; the `claims_*` write the rows of the `table`; `findings` is the way in. Nothing is
imported here, so that the processes which render clips (`noise`) start without the networks.
"""
