# faulthandler.dump_traceback and dump_traceback_later.
import faulthandler
import re
import tempfile
import time


def shown(file):
    file.seek(0)
    return re.sub(r"0x[0-9a-f]+", "0x", file.read())


with tempfile.TemporaryFile("w+") as file:
    faulthandler.dump_traceback(file)
    print(shown(file))
with tempfile.TemporaryFile("w+") as file:
    faulthandler.dump_traceback_later(0.1, file=file)
    time.sleep(0.3)
    faulthandler.cancel_dump_traceback_later()
    print(shown(file))
