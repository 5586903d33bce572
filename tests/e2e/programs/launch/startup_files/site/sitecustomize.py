import sys

sys.customized = sum(i * i for i in range(100000))
print("sitecustomize")
