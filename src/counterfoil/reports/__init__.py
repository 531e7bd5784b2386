"""Reports: one file each in `catalog`; page, command, API and exports come from the same table."""
