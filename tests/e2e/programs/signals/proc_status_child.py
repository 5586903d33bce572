# The masks that a child which is not Python inherits.
import subprocess

sum(i * i for i in range(300000))
print(subprocess.check_output(["grep", "^Sig[BIC]", "/proc/self/status"]).decode())
