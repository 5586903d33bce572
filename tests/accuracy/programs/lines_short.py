"""The same in lines that take well below a microsecond each."""
from truth import tell, until

a = b = 1
for _ in until(3):
    for _ in range(5000):
        x = a + b; x = a + b; x = a + b; x = a + b  # @1
        x = a + b; x = a + b; x = a + b; x = a + b; x = a + b; x = a + b; x = a + b; x = a + b  # @2
tell()
