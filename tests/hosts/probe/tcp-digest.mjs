// One TCP transfer that proves itself: `receive HOST L4PORT` prints "ready", then the length and SHA-256 of what one
// connection brought; `send HOST L4PORT BYTES` sends so many pseudo-random bytes and prints the same of what it sent.
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";

const [verb, host, port, bytes] = process.argv.slice(2);
const hash = createHash("sha256");
let length = 0;

function count(chunk) {
  hash.update(chunk);
  length += chunk.length;
}

function report() {
  console.log(JSON.stringify({ length, sha256: hash.digest("hex") }));
}

if (verb === "receive") {
  const server = createServer((socket) => {
    server.close();
    socket.on("data", count);
    socket.on("end", () => {
      report();
      socket.end();
    });
  });
  server.listen(Number(port), host, () => console.log("ready"));
} else {
  const socket = connect(Number(port), host);
  let state = 0x2545f491;
  const next = () => {
    const chunk = Buffer.alloc(65_536);
    for (let i = 0; i < chunk.length; i += 4) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      chunk.writeInt32LE(state | 0, i);
    }
    return chunk;
  };
  while (length < Number(bytes)) {
    const chunk = next();
    count(chunk);
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once("drain", resolve));
  }
  socket.end();
  socket.resume();
  socket.on("close", report);
}
