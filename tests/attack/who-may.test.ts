import { request } from "node:http";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { attacks } from "./support/attack.ts";
import { has, NGCTL, NGFLOW, prepare, processesWith, start, startServe, verb } from "./support/target.ts";

/** Asks a server of loopback; the status, 0 if there was none. */
function status(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(url, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on("error", () => resolve(0));
    asked.end();
  });
}

const PATHS = ["/api/v1/pipeline", "/api/v1/query?by=SrcAddr&last=1h", "/api/v1/info", "/metrics"] as const;

/** How many requests were answered with 200, of every path with each of the headers. */
async function served(url: string, headers: readonly Record<string, string>[]): Promise<number> {
  let count = 0;
  for (const path of PATHS) {
    for (const each of headers) if ((await status(url + path, each)) === 200) count += 1;
  }
  return count;
}

const FOREIGN_HOSTS = ["evil.com", "127.0.0.1.evil.com", "localhost.evil.com:8080", "[::1].evil.com", "0x7f.1"];
const FOREIGN_SITES = [
  { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
  { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" },
  { origin: "https://evil.com" },
  { origin: "null" },
];

/** The words that allow a console beyond loopback without a login, if the command asks for any. */
function openly(): string[] {
  return ["--no-login", "--insecure-http"].filter((word) => has("serve", word)).slice(0, 1);
}

const NOBODY = 65_534;
const GROUP = 4711;
const MEMBER = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, `--groups=${GROUP}`, "--bounding-set=-all", "--"];

/** A module that writes down who runs it. */
const module = (file: string): string => `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(file)}, String(process.getuid()));
export default [];`;

attacks("who-may", [
  {
    name: "host-header",
    does: "requests with foreign Host headers to a console on every address",
    unit: "answers",
    before: 16,
    bar: 0,
    async run({ folder }) {
      prepare(folder);
      const where = ["--http", "0.0.0.0:0", "--control", join(folder, "control.sock"), ...openly()];
      const serve = await start(verb("serve", folder, ...where), "console  ");
      const port = /console {2}http:\S*?:(\d+)/.exec(serve.stdout)![1];
      const hosts = FOREIGN_HOSTS.map((host) => ({ host }));
      return served(`http://127.0.0.1:${port}`, hosts);
    },
  },
  {
    name: "cross-site",
    does: "requests that a page of another site makes a browser send",
    unit: "answers",
    before: 16,
    bar: 0,
    async run({ folder }) {
      const { url } = await startServe(folder);
      return served(url, FOREIGN_SITES);
    },
  },
  {
    name: "no-token",
    does: "a console on every address without a token, and nobody said that it may be",
    unit: "consoles that start",
    before: 1,
    bar: 0,
    async run({ folder }) {
      prepare(folder);
      const where = ["--http", "0.0.0.0:0", "--control", join(folder, "control.sock")];
      return start(verb("serve", folder, ...where), "console  ").then(
        () => 1,
        () => 0,
      );
    },
  },
  {
    name: "group-kldload",
    does: "a member of the control socket's group has the daemon load a file of theirs",
    unit: "files whose code ran",
    before: 1,
    bar: 0,
    tools: ["setpriv"],
    async run({ folder }) {
      prepare(folder);
      const control = join(folder, "run/control.sock");
      const theirs = join(folder, "theirs");
      mkdirSync(theirs);
      const [file, proof] = [join(theirs, "module.mjs"), join(theirs, "proof")];
      writeFileSync(file, module(proof));
      chmodSync(theirs, 0o777);
      must(["chown", "-R", `${NOBODY}:${NOBODY}`, theirs]);
      await start(
        [...NGFLOW, "graph", "--demo", "1", "--control", control, "--control-group", String(GROUP)],
        "control",
      );
      // A member reaches the daemon; what it may not do is a refusal, not a closed door.
      must([...MEMBER, ...NGCTL, "--control", control, "list"]);
      run([...MEMBER, ...NGFLOW, "kldload", "--control", control, file]);
      return existsSync(proof) ? 1 : 0;
    },
  },
  {
    name: "root-left",
    does: "ngflow up is started by root",
    unit: "processes of uid 0",
    before: 2,
    bar: 0,
    async run({ folder }) {
      prepare(folder);
      const where = ["--interface", "lo", "--http", "127.0.0.1:0", "--control", join(folder, "control.sock")];
      await start(verb("up", folder, ...where), "console  ");
      const uids = processesWith("ngflow.js", folder).map((pid) =>
        /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))![1]!.split(/\s+/),
      );
      return uids.filter((ids) => ids.includes("0")).length;
    },
  },
  {
    name: "udp-of-up",
    does: "ngflow up with no option that opens it to exporters",
    unit: "UDP sockets beyond loopback",
    before: 3,
    bar: 0,
    tools: ["ip", "ss", "sysctl"],
    async run({ folder }) {
      prepare(folder);
      const hosts = new TwoHosts();
      const where = ["--interface", "eth0", "--http", "127.0.0.1:0", "--control", join(folder, "control.sock")];
      await start(hosts.left.exec(verb("up", folder, ...where)), "console  ");
      const sockets = must(hosts.left.exec(["ss", "-Hlnu"]))
        .trim()
        .split("\n");
      return sockets.filter((line) => !/ (127\.|\[::1\])/.test(line)).length;
    },
  },
]);
