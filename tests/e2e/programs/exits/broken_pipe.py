# The reader of stdout goes away.
#: exits 1
#: wrap sh -c '"$@" | head -n 2' sh
for i in range(100000):
    print(i)
