"""Changes to objects: JSON, merge and strategic merge patches, server-side apply, and who owns which field."""
