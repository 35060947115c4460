// npm run clean-machine [-- PART...] [--bases DIR] [--release DIR]: what a newcomer does, on a Debian that has Node.js
// and nothing else. Each machine is a folder that debootstrap makes, entered with its own mounts and processes. Needs
// root, debootstrap, dpkg-deb, and the mirror of Debian and the registry of npm, as they are set here. Prints times and
// sizes. The last line is `N passed, N failed, N skipped`.
//   PART       checkout: the first command of README.md in a clone, as a user and, in a network namespace, as root
//              npm: the package that `npm run release` makes, installed with `npm install --global`
//              debian: the Debian packages, installed with apt, on the release of Debian that has Node.js 20.19
//              container: the image of deploy/container, built by buildah from an empty Debian with Node.js, and run
//              without a privilege: health check, page, flows, an orderly end, a second start
//   --bases    keeps the empty machines in a folder, for the next run
//   --release  takes the packages in a folder, instead of making them
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Container } from "./clean-machine/container.mjs";
import { emptyMachine, Machine, must } from "./clean-machine/machine.mjs";
import { Network, SENDER } from "./clean-machine/network.mjs";
import { root } from "./workspaces.mjs";

/** Where Node.js is copied to, and where it comes from Debian. */
const SUITES = { checkout: "bookworm", npm: "bookworm", debian: "trixie", container: "bookworm" };
const NEEDED = ["debootstrap", "dpkg-deb", "unshare", "setpriv", "ip", "ping"];
/** What a part needs as well; without it, the part is skipped. */
const PART_NEEDS = { container: "buildah" };

const { values, positionals } = parseArgs({
  options: { bases: { type: "string" }, release: { type: "string" } },
  allowPositionals: true,
});
const parts = positionals.length > 0 ? positionals : Object.keys(SUITES);
const unknown = parts.find((name) => !(name in SUITES));
if (unknown !== undefined) {
  process.stderr.write(`clean-machine: "${unknown}" is not one of ${Object.keys(SUITES).join(", ")}\n`);
  process.exit(64);
}
const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/sbin"];
const isInstalled = (name) => folders.some((folder) => existsSync(join(folder, name)));
const absent = NEEDED.filter((name) => !isInstalled(name));
if (process.getuid?.() !== 0 || absent.length > 0) {
  const why = absent.length > 0 ? `not installed: ${absent.join(", ")}` : "needs root";
  process.stdout.write(`clean-machine: skipped: ${why}\n0 passed, 0 failed, ${parts.length} skipped\n`);
  process.exit(0);
}

const work = mkdtempSync(join(tmpdir(), "ngflow-clean-"));
const bases = values.bases ?? join(work, "bases");
let { release } = values;
/** The packages of a release of this checkout, made once. */
function packages() {
  if (release === undefined) {
    release = join(work, "release");
    must([process.execPath, "tools/release.mjs", "--debian", "--output", release], { cwd: root });
  }
  return readdirSync(release).map((name) => join(release, name));
}

const mb = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
function say(part, what, value) {
  process.stdout.write(`${part.padEnd(9)} ${what.padEnd(46)} ${value}\n`);
}
function timed(part, what, act) {
  const startMs = performance.now();
  const value = act();
  say(part, what, `${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  return value;
}
function answered(part, what, { readySeconds, answerSeconds, rows }) {
  say(part, what, `ready after ${readySeconds} s, flows after ${answerSeconds} s, ${rows.length} rows`);
}

/** The commands of the first block of README.md. */
function readmeCommands() {
  const block = /```sh\n(.+)\n```/.exec(readFileSync(join(root, "README.md"), "utf8"))[1];
  const commands = block.split(" && ");
  if (commands.join() !== "npm ci,npm start") throw new Error(`README.md: the first block is "${block}"`);
  return commands;
}

const PARTS = {
  async checkout(machine) {
    machine.addNode();
    machine.run("useradd --create-home user");
    // The clone is made outside: the machine has no git.
    must(["git", "clone", "--quiet", "--depth=1", `file://${root}`, join(machine.folder, "home/user/ngflow")]);
    machine.run("chown -R user:user /home/user");
    const home = "/home/user/ngflow";
    say("checkout", "the clone takes", mb(machine.size(home)));
    const [install, start] = readmeCommands();
    timed("checkout", install, () => machine.run(`cd ${home} && ${install}`, { user: "user" }));
    say("checkout", "node_modules takes", mb(machine.size(`${home}/node_modules`)));
    const network = new Network();
    try {
      const first = machine.probe(home, start, { user: "user", network: network.meter });
      answered("checkout", `${start}, built first, shows the demo`, first);
      answered("checkout", `${start}, again`, machine.probe(home, start, { user: "user", network: network.meter }));
      const metered = machine.probe(home, start, { network: network.meter });
      answered("checkout", `${start}, as root, meters`, metered);
      if (!metered.rows.some(({ SrcAddr }) => SrcAddr === SENDER)) {
        throw new Error(`${SENDER} is not in ${JSON.stringify(metered.rows)}`);
      }
    } finally {
      await network.remove();
    }
  },

  npm(machine) {
    machine.addNode();
    const archive = packages().find((path) => path.endsWith(".tgz"));
    machine.put(archive, "/root/ngflow.tgz");
    say("npm", "the package takes", mb(machine.size("/root/ngflow.tgz")));
    timed("npm", "npm install --global ngflow.tgz", () => machine.run("npm install --global /root/ngflow.tgz"));
    say("npm", "installed, it takes", mb(machine.size("/usr/local/lib/node_modules/ngflow")));
    say("npm", "ngflow --version", machine.run("ngflow --version").trim());
    for (const name of ["ngctl", "flowctl", "nghook"]) machine.run(`${name} --help`);
    answered("npm", "ngflow demo", machine.probe("/root", "ngflow demo"));
  },

  debian(machine) {
    const archives = packages().filter((path) => path.endsWith(".deb"));
    for (const path of archives) machine.put(path, `/root/${path.slice(path.lastIndexOf("/") + 1)}`);
    say("debian", "the packages take", mb(machine.size("/root")));
    timed("debian", "apt install nodejs", () => machine.run("apt-get update && apt-get -y install nodejs"));
    timed("debian", "apt install ./ngflow*.deb", () =>
      machine.run("apt-get -y --no-install-recommends install /root/ngflow*.deb"),
    );
    say("debian", "installed, they take", mb(machine.size("/usr/lib/ngflow")));
    say("debian", "ngflow --version", machine.run("ngflow --version").trim());
    machine.run("ngflow config check /etc/ngflow/ngflow.yaml");
    machine.run("getent passwd ngflow");
    const needed = ["ngflow-graph", "ngflow-collect", "ngflow-serve"].map(
      (name) => `/usr/lib/systemd/system/${name}.service`,
    );
    for (const path of [...needed, "/etc/ngflow/environment", "/usr/share/man/man8/ngctl.8.gz"]) {
      if (!existsSync(join(machine.folder, path))) throw new Error(`${path} is not installed`);
    }
    answered("debian", "ngflow demo", machine.probe("/root", "ngflow demo"));
    machine.run("dpkg --purge ngflow-store ngflow");
    if (existsSync(join(machine.folder, "usr/lib/ngflow"))) throw new Error("/usr/lib/ngflow is left after removal");
  },

  async container(machine) {
    machine.addNode();
    const archive = packages().find((path) => path.endsWith(".tgz"));
    const container = new Container(join(work, "buildah"));
    let network;
    try {
      timed("container", "the image that it begins with", () => container.addBase(machine));
      const { User: user, Healthcheck: check } = timed("container", "the steps of deploy/container/Containerfile", () =>
        container.build(archive, join(work, "context")),
      );
      if (user !== "ngflow" || check === undefined) throw new Error("the image has no user, or no health check");
      network = new Network();
      const { ok, healthySeconds, stored, problems, output } = container.probe(network.meter);
      if (!ok) throw new Error(`${problems.join("; ")}\n${output.slice(-2000)}`);
      say("container", "as an unprivileged user", `healthy after ${healthySeconds} s, ${stored.join(", then ")} flows`);
    } finally {
      await network?.remove();
      container.remove();
    }
  },
};

let passed = 0;
let failed = 0;
let skipped = 0;
try {
  mkdirSync(bases, { recursive: true });
  for (const part of parts) {
    const needed = PART_NEEDS[part];
    if (needed !== undefined && !isInstalled(needed)) {
      say(part, `skipped: not installed: ${needed}`, "");
      skipped++;
      continue;
    }
    const base = join(bases, SUITES[part]);
    emptyMachine(base, SUITES[part]);
    const machine = new Machine(base, join(work, part));
    say(part, `an empty Debian, ${SUITES[part]}, takes`, mb(machine.size("/")));
    try {
      await PARTS[part](machine);
      passed++;
    } catch (error) {
      failed++;
      say(part, "FAILED", error.message);
    } finally {
      machine.remove();
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
