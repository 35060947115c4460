import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, must, NGFLOW, run } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { skipWithout } from "../support/needs.ts";

let folder: string;
let demo: Background;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-munin-"));
  const words = ["--data", join(folder, "data"), "--control", join(folder, "control.sock"), "--http", "127.0.0.1:0"];
  demo = new Background([...NGFLOW, "demo", "--no-story", ...words]);
  await demo.until("ngflow demo", () => demo.stdout.includes("console"));
});
afterEach(async () => {
  await demo.stop();
  rmSync(folder, { recursive: true, force: true });
});

const GRAPHS = ["traffic", "flows", "pipeline"].map((name) => `multigraph ngflow_${name}`);

/** The generated files, run as root as nobody else can read the test's data, and no links yet. */
function install(): { links: string; conf: string; state: string } {
  const [links, conf, state] = ["links", "conf.d", "state"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [links, conf, state]) mkdirSync(path);
  chmodSync(folder, 0o755);
  must([...NGFLOW, "service", "generate", "--for", "munin", "--program", NGFLOW.join(" "), "--output", folder]);
  const generated = readFileSync(join(folder, "ngflow"), "utf8");
  const own = generated
    .replace("user ngflow", "user root\ngroup root")
    .replace("/var/lib/ngflow", join(folder, "data"));
  writeFileSync(join(conf, "ngflow"), own);
  return { links, conf, state };
}

async function stored(): Promise<void> {
  const words = [...NGFLOW, "munin", "--data", join(folder, "data"), "--link", "ngflow_flows"];
  await demo.until("traffic in the store", () => /^stored\.value [1-9]/m.test(run(words).stdout));
}

/** What munin-node answers to lines, up to the end of the connection. */
async function ask(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
  socket.end(lines.map((line) => `${line}\n`).join(""));
  await once(socket, "close");
  return answer;
}

test("munin-node serves it over its own protocol, and munin's command makes the links", async (ctx) => {
  skipWithout(ctx, "munin-node", "munin-node-configure", "unshare");
  ctx.skip(process.getuid?.() !== 0, "munin-node's directories can only be replaced by root");
  const { links, conf } = install();
  await stored();
  // It prints what the administrator of a real machine has to link.
  const suggested = run([
    "munin-node-configure",
    "--shell",
    "--suggest",
    "--libdir",
    folder,
    "--servicedir",
    links,
    "--sconfdir",
    conf,
  ]);
  const wanted = ["flows", "pipeline", "traffic"].map((name) => `ln -s '${folder}/ngflow_' '${links}/ngflow_${name}'`);
  expect(
    suggested.stdout
      .split("\n")
      .filter((line) => line.includes("ngflow_"))
      .sort(),
    suggested.stderr,
  ).toEqual(wanted);
  must(["sh", "-euc", wanted.join("\n")]);
  symlinkSync(join(folder, "ngflow_"), join(links, "ngflow"));

  const port = await freeTcpPort();
  const settings = [
    `log_file ${folder}/node.log`,
    `pid_file ${folder}/node.pid`,
    "background 0",
    "setsid 0",
    "user root",
    "group root",
  ];
  const file = join(folder, "munin-node.conf");
  writeFileSync(
    file,
    [...settings, "host_name test", "allow ^127\\.0\\.0\\.1$", "host 127.0.0.1", `port ${port}`, ""].join("\n"),
  );
  // It reads fixed directories: it gets ours in their place, and nobody else does.
  const binds = `mount --bind '${links}' /etc/munin/plugins; mount --bind '${conf}' /etc/munin/plugin-conf.d`;
  const node = new Background(["unshare", "--mount", "sh", "-euc", `${binds}; exec munin-node --config '${file}'`], {
    env: { MUNIN_PLUGSTATE: join(folder, "state") },
  });
  try {
    await node.until("munin-node", () =>
      ask(port, ["quit"]).then(
        (answer) => answer.startsWith("# munin node at test"),
        () => false,
      ),
    );
    const list = await ask(port, ["cap multigraph", "list", "quit"]);
    for (const name of ["ngflow", "ngflow_flows", "ngflow_pipeline", "ngflow_traffic"]) {
      expect(` ${list.split("\n").at(-2)} `).toContain(` ${name} `);
    }
    const config = await ask(port, ["cap multigraph", "config ngflow", "quit"]);
    expect(config.match(/^multigraph \w+$/gm)).toEqual(GRAPHS);
    expect(config).not.toMatch(/\.value /);
    const fetched = await ask(port, ["cap multigraph", "fetch ngflow", "quit"]);
    expect(fetched.match(/^multigraph \w+$/gm)).toEqual(GRAPHS);
    expect(Number(/^stored\.value (\d+)$/m.exec(fetched)?.[1])).toBeGreaterThan(0);
    // A master that can do with one question asks for the values along with the configuration.
    const both = await ask(port, ["cap multigraph dirtyconfig", "config ngflow_flows", "quit"]);
    expect(both).toMatch(/^stored\.label stored\n[^]*^stored\.value \d+$/m);
    expect(await ask(port, ["fetch ngflow_traffic", "quit"])).toMatch(/^tcp\.value \d+\nudp\.value \d+\n[^]*\n\.\n/m);
  } finally {
    await node.stop();
  }
});

test("munin-node runs the generated executable under each of its names", async (ctx) => {
  skipWithout(ctx, "munin-run");
  const { links, conf, state } = install();
  for (const name of ["ngflow", "ngflow_flows"]) symlinkSync(join(folder, "ngflow_"), join(links, name));
  const munin = (...words: string[]) =>
    run(["munin-run", "--servicedir", links, "--sconfdir", conf, ...words], { env: { MUNIN_PLUGSTATE: state } });

  await stored();
  const config = munin("ngflow", "config");
  expect(config, config.stderr).toMatchObject({ status: 0 });
  expect(config.stdout.match(/^multigraph \w+$/gm)).toEqual(GRAPHS);
  const tcpBits = (): number => Number(/^tcp\.value (\d+)$/m.exec(munin("ngflow").stdout)?.[1]);
  await demo.until("a thousand bits a second of TCP", () => tcpBits() > 1000);
  const all = munin("ngflow").stdout;
  for (const line of config.stdout.matchAll(/^(\w+)\.label /gm))
    expect(all).toMatch(new RegExp(`^${line[1]}\\.value \\d+$`, "m"));
  expect(munin("ngflow", "autoconf").stdout).toBe("yes\n");
  expect(munin("ngflow", "suggest").stdout).toBe("traffic\nflows\npipeline\n");

  await demo.stop();
  expect(munin("ngflow_flows").stdout).toBe("exported.value U\ndecoded.value U\nstored.value U\n");
  expect(munin("ngflow", "autoconf").stdout).toMatch(/^no \(no ngflow serve holds /);
});
