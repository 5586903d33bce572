"""The name with dashes, for ``python3 -m solvidia-mem-prof``."""
