"""The command line: everything the app does, headless."""
