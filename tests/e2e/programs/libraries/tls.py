# ssl over a socket pair in memory.
import ssl

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
stream = context.wrap_bio(incoming, outgoing, server_hostname="example.org")
try:
    stream.do_handshake()
except ssl.SSLWantReadError:
    print("wants to read", outgoing.pending > 100)
print(ssl.OPENSSL_VERSION, len(ssl.RAND_bytes(16)))
