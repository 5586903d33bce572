"""A batch job."""

print(sum(i * i % 7 for i in range(300000)))
