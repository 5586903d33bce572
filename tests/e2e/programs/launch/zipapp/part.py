def fail():
    sum(i * i for i in range(300000))
    raise ValueError("in the zip")
