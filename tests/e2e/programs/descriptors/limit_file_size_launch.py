# A soft RLIMIT_FSIZE of 0 at launch.
#: wrap sh -c 'ulimit -S -f 0; exec "$@"' sh
#: env PYTHONDONTWRITEBYTECODE=1
import resource

print(resource.getrlimit(resource.RLIMIT_FSIZE))
sum(i * i for i in range(300000))
try:
    with open("file.txt", "w") as file:
        file.write("text")
except OSError as error:
    print(error)
