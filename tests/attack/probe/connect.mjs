// Opens connections and keeps them: to a TCP port of loopback, or to a Unix socket. It connects again when one is cut.
// Usage: node connect.mjs PORT|PATH COUNT [TEXT [EVERY_MS]]
// Every connection sends TEXT, and with EVERY_MS one more byte of a header so often. It prints "ready" when all have
// begun.
import { connect } from "node:net";

const [where, count, text = "", everyMs] = process.argv.slice(2);
const target = /^\d+$/.test(where) ? { port: Number(where), host: "127.0.0.1" } : { path: where };
/** A connection that is cut at once is not made again at once. */
const AGAIN_MS = 2000;

function open() {
  const socket = connect(target);
  let timer;
  socket.on("connect", () => {
    if (text !== "") socket.write(text);
    if (everyMs !== undefined) timer = setInterval(() => socket.write("a"), Number(everyMs));
  });
  socket.on("error", () => {});
  socket.resume();
  socket.on("close", () => {
    clearInterval(timer);
    setTimeout(open, AGAIN_MS);
  });
}

let opened = 0;
const filling = setInterval(() => {
  for (let i = 0; i < 100 && opened < Number(count); i++, opened++) open();
  if (opened < Number(count)) return;
  clearInterval(filling);
  process.stdout.write("ready\n");
}, 10);
