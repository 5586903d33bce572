def app(environ, start):
    body = str(sum(i * i for i in range(20000))).encode()
    start("200 OK", [("Content-Length", str(len(body)))])
    return [body]
