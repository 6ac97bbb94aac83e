"""The course as data: topics, lessons and exercises, loaded and validated."""
