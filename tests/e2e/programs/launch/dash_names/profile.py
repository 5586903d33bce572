import sys

print("the user's profile", sys.argv)
