"""Start, watch, check, reset and finish an exercise; progress; the proof."""
