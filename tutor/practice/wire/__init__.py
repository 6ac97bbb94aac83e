"""Other ways than JSON to write an object on the wire."""
