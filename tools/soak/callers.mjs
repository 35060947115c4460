// Callers of the console, in the namespace of the daemons: a client of the event stream, and requests one after the
// other, some of which are abandoned. Usage: node callers.mjs URL, with an IPC channel; the message "stop" ends it, and
// its answer is { answered, abandoned, events, faults, worstMs }. On SIGTERM it says what it waits for, and ends.
import { get as request } from "node:http";

const [url] = process.argv.slice(2);

const EVERY_MS = 250;
/** Paths that a console asks for. */
const PATHS = [
  "/api/v1/pipeline",
  "/api/v1/query?by=SrcAddr&top=10&last=1m",
  "/api/v1/query?by=Proto&last=1m&step=1s",
  "/api/v1/flows?last=1m&limit=200",
  "/api/v1/exporters",
  "/metrics",
  "/api/v1/query?by=SrcAddr,DstAddr,SrcPort&top=1000&last=5m",
  "/",
];
/** One of so many requests is abandoned at once. */
const ABANDON_EVERY = 7;
const ABANDON_MS = 5;
/** No answer takes longer. */
const ANSWER_MS = 30_000;
/** The event stream is left and asked for again after so many pieces. */
const PIECES = 100;

const result = { answered: 0, abandoned: 0, events: 0, faults: 0, worstMs: 0 };
let ended = false;
/** What is being asked, since when. */
let asking = { path: "", fromMs: 0 };
/** The event stream that is open. */
let stream;

/** Sends a GET. Settles when its answer has been read, or it was destroyed. `onPiece` sees the answer as it comes. */
function ask(path, onPiece = () => {}) {
  let sent;
  const answered = new Promise((resolve, reject) => {
    sent = request(url + path, (answer) => {
      answer.on("data", onPiece);
      answer.on("error", reject);
      answer.on("end", () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`)),
      );
    });
    sent.on("error", reject);
  });
  return { sent, answered };
}

async function get(path, abandoned) {
  asking = { path, fromMs: performance.now() };
  const { sent, answered } = ask(path);
  const limitMs = abandoned ? ABANDON_MS : ANSWER_MS;
  const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    await answered;
    result.answered++;
    result.worstMs = Math.max(result.worstMs, Math.round(performance.now() - asking.fromMs));
  } catch (error) {
    if (abandoned) result.abandoned++;
    else if (result.faults++ === 0) process.stderr.write(`soak: ${path} failed: ${error.message}\n`);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the event stream, and asks for it again after so many pieces. */
async function listen() {
  while (!ended) {
    let pieces = 0;
    const { sent, answered } = ask("/api/v1/events", () => {
      result.events++;
      if (++pieces >= PIECES) stream.destroy();
    });
    stream = sent;
    await answered.catch((error) => {
      if (!ended && pieces < PIECES && result.faults++ === 0)
        process.stderr.write(`soak: events failed: ${error.message}\n`);
    });
  }
}

process.on("SIGTERM", () => {
  const ms = Math.round(performance.now() - asking.fromMs);
  process.stderr.write(
    `soak: the callers wait for ${asking.path} since ${ms} ms, ${ended ? "" : "not "}asked to end\n`,
  );
  process.exit(1);
});
const listening = listen();
let asked = 0;
process.on("message", () => {
  ended = true;
  stream.destroy();
});
process.on("disconnect", () => process.exit());
while (!ended) {
  const fromMs = performance.now();
  await get(PATHS[asked % PATHS.length], asked % ABANDON_EVERY === ABANDON_EVERY - 1);
  asked++;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - (performance.now() - fromMs))));
}
await listening;
process.send(result, () => process.exit());
