# closerange(3, 4096), the numbers reused, what is written arrives intact.
import os

os.closerange(3, 4096)
files = [os.open(f"file{i}", os.O_CREAT | os.O_RDWR, 0o644) for i in range(40)]
print(files)
for turn in range(50):
    sum(range(20000))
    for number, file in enumerate(files):
        os.write(file, f"file {number} turn {turn}\n".encode())
for number, file in enumerate(files):
    expected = "".join(f"file {number} turn {turn}\n" for turn in range(50))
    assert os.pread(file, 100000, 0).decode() == expected
    os.close(file)
print("intact")
