"""The name with dashes, for ``python3 -m solvidia-mem-prof``."""


def load_ipython_extension(shell):
    """%load_ext solvidia-mem-prof"""
    from solvidia_mem_prof._magics import load

    load(shell)


def unload_ipython_extension(shell):
    from solvidia_mem_prof._magics import unload

    unload(shell)
