# Sockets, a server and a client in threads, descriptors passed between them.
import array
import os
import socket
import threading

server = socket.create_server(("127.0.0.1", 0))


def serve():
    connection, _ = server.accept()
    with connection:
        while data := connection.recv(100):
            sum(range(20000))
            connection.sendall(data.upper())


thread = threading.Thread(target=serve)
thread.start()
with socket.create_connection(server.getsockname()) as client:
    for word in ("one", "two", "three"):
        client.sendall(word.encode())
        print(client.recv(100))
thread.join()
a, b = socket.socketpair()
socket.send_fds(a, [b"fd"], [os.open("/dev/null", os.O_RDONLY)])
print(socket.recv_fds(b, 10, 4)[:2])
print(array.array("i", [a.fileno(), b.fileno()]))
