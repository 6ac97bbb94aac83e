"""The check types, one file each."""
