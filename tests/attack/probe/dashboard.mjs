// A dashboard: asks for the URLs at the same time, COUNT times with half a second between.
// Usage: node dashboard.mjs FROM COUNT URL...
// It prints a line of JSON for each time: the seconds until all were answered, and the status of each.
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const [localAddress, count, ...urls] = process.argv.slice(2);

function status(url) {
  return new Promise((resolve) => {
    const asking = request(url, { localAddress, agent: false }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode));
      answer.on("error", () => resolve(0));
    });
    asking.on("error", () => resolve(0));
    asking.end();
  });
}

for (let i = 0; i < Number(count); i++) {
  const fromMs = performance.now();
  const statuses = await Promise.all(urls.map(status));
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - fromMs) / 1000, statuses })}\n`);
  await sleep(500);
}
