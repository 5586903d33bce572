# What a program writes in its directory and in TMPDIR is all that is there.
import os
import tempfile

with open("result.txt", "w") as file:
    file.write("kept\n")
with tempfile.TemporaryDirectory() as directory:
    print(os.listdir(directory))
print(sorted(os.listdir(".")), os.listdir(tempfile.gettempdir()))
print(os.listdir(os.environ["HOME"]))
