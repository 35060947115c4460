# Runs a command on a terminal, closes the terminal when the command has printed a text, and prints its exit status.
# Usage: closed-terminal.py TEXT COMMAND...
import os, pty, sys, time

text = sys.argv[1].encode()
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b""
while text not in seen:
    seen += os.read(terminal, 4096)
time.sleep(1)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
