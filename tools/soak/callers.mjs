// Callers of the console, in the namespace of the daemons: a client of the event stream, and requests one after the
// other, some of which are abandoned. Usage: node callers.mjs URL, with an IPC channel; the message "stop" ends it, and
// its answer is { answered, abandoned, events, faults, worstMs }.
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

const result = { answered: 0, abandoned: 0, events: 0, faults: 0, worstMs: 0 };
let ended = false;
/** Ends the event stream that is open. */
let stream = new AbortController();

async function get(path, abandoned) {
  const fromMs = performance.now();
  try {
    const answer = await fetch(url + path, {
      signal: abandoned ? AbortSignal.timeout(5) : AbortSignal.timeout(30_000),
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    result.answered++;
    result.worstMs = Math.max(result.worstMs, Math.round(performance.now() - fromMs));
  } catch (error) {
    if (abandoned) result.abandoned++;
    else if (result.faults++ === 0) process.stderr.write(`soak: ${path} failed: ${error.message}\n`);
  }
}

/** Reads the event stream, and connects again after every hundred events. */
async function listen() {
  while (!ended) {
    stream = new AbortController();
    try {
      const answer = await fetch(`${url}/api/v1/events`, { signal: stream.signal });
      let chunks = 0;
      for await (const _chunk of answer.body) {
        result.events++;
        if (++chunks >= 100) break;
      }
    } catch (error) {
      if (!ended && result.faults++ === 0) process.stderr.write(`soak: events failed: ${error.message}\n`);
    }
    stream.abort();
  }
}

const listening = listen();
let asked = 0;
process.on("message", () => {
  ended = true;
  stream.abort();
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
