"""One reader's process: what lies in its field, told as it comes and goes, and its light."""
