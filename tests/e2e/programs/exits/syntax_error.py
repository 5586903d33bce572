# A program that does not compile.
#: exit 1
#: processes 0
print("never"
x = = 1
