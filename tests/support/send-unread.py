# Sends IPFIX over TLS to 127.0.0.1:PORT in small writes and ends, without ever reading what came after the handshake,
# while the collector, a process, stands still. Usage: send-unread.py PORT CERTIFICATE PID MESSAGES
import os, signal, socket, ssl, struct, sys, time

port, certificate, collector, messages = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
template = struct.pack(">HHHHHHHH", 2, 16, 256, 2, 8, 4, 1, 4)
record = struct.pack(">HHII", 256, 12, 0xC0000201, 100)
sets = template + record
message = struct.pack(">HHIII", 10, 16 + len(sets), int(time.time()), 0, 7) + sets

context = ssl.create_default_context(cafile=certificate)
context.check_hostname = False
to = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
time.sleep(0.3)
os.kill(collector, signal.SIGSTOP)
try:
    for _ in range(messages):
        to.sendall(message)
    to.close()
    time.sleep(0.2)
finally:
    os.kill(collector, signal.SIGCONT)
