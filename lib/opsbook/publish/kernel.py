"""What an `opsbook` kernel runs: an ordinary IPython kernel without history or slow imports.

`python -m opsbook.publish.kernel -f CONNECTION_FILE` starts one in a fresh process; the warm parent
calls `serve` in a forked child.
"""

import sys

# No history database (a shared file that parallel kernels would lock) and no files of the user's
# own profile: the same notebook gives the same figures on every machine.
QUIET = ("--HistoryManager.enabled=False", "--InteractiveShell.cache_size=0")


def serve(argv):
    """Run a kernel with the given command-line arguments until it is shut down."""
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize([*argv, *QUIET])
    if widgets := sys.modules.get("ipywidgets"):
        # imported by the warm parent before there was a kernel: pages ask this for all widgets at once
        widgets.register_comm_target()
    app.start()


if __name__ == "__main__":
    serve(sys.argv[1:])
