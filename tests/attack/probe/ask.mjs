// Clients of the console's API that ask over and over, each on a connection of its own.
// Usage: node ask.mjs URL FROM COUNT READ_BYTES
// They come from the local address FROM, and read READ_BYTES of an answer each second (0: all at once). It prints
// "ready" when all have begun, and at its end the number of answers by status as JSON.
import { request } from "node:http";

const [url, localAddress, count, readBytes] = process.argv.slice(2);
const EVERY_MS = 100;
/** A request that is refused is not made again at once. */
const AGAIN_MS = 100;
const slowBytes = (Number(readBytes) * EVERY_MS) / 1000;
const answers = {};

function ask() {
  const again = () => setTimeout(ask, AGAIN_MS);
  const asking = request(url, { localAddress, agent: false }, (answer) => {
    answers[answer.statusCode] = (answers[answer.statusCode] ?? 0) + 1;
    let timer;
    if (slowBytes === 0) answer.resume();
    else timer = setInterval(() => answer.read(slowBytes) ?? answer.read(), EVERY_MS);
    answer.on("error", () => {});
    answer.on("close", () => {
      clearInterval(timer);
      again();
    });
  });
  asking.on("error", () => {
    answers.error = (answers.error ?? 0) + 1;
    again();
  });
  asking.end();
}

for (let i = 0; i < Number(count); i++) ask();
setTimeout(() => process.stdout.write("ready\n"), 1000);
process.on("SIGTERM", () => {
  process.stdout.write(`${JSON.stringify(answers)}\n`);
  process.exit();
});
