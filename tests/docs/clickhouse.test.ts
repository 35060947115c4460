import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, must, NGFLOW, ROOT } from "../support/command.ts";
import { shellBlocks } from "../support/pages.ts";

const PAGE = "docs/how-to/clickhouse.md";
const SERVER_OF_THE_PAGE = "127.0.0.1:8123";
const testing = (name: string): string => join(ROOT, "packages/store/src/testing", name);

let folder = "";
let server: Background;
let host = "";
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-clickhouse-"));
  for (const name of ["node_modules", "examples", "package.json"]) symlinkSync(join(ROOT, name), join(folder, name));
  const loader = ["--conditions=@ngflow/source", "--import", testing("source-loader.mjs")];
  const login = ["ngflow", "change me"];
  server = new Background([process.execPath, ...loader, testing("sql-server.ts"), join(folder, "db"), "0", ...login]);
  await server.until("the server", () => {
    host = server.stdout.trim();
    return host !== "";
  });
  // Root's daemons change to a user of their own, who has to reach the folder.
  chmodSync(folder, 0o755);
  env = {
    NGFLOW_DATA: join(folder, "data"),
    NGFLOW_CONTROL: join(folder, "control.sock"),
    NGFLOW_LISTEN: "127.0.0.1:0",
    NGFLOW_HTTP: "127.0.0.1:0",
    NGFLOW_CAPTURE: "false",
    // The capture is old.
    NGFLOW_KEEP: "forever",
  };
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const script = (text: string): string => text.replaceAll(SERVER_OF_THE_PAGE, host);
const runs = (text: string): string =>
  must(["bash", "--norc", "-euc", script(text)], { cwd: folder, env, timeoutMs: 120_000 });

test("the commands of the page move every flow to a server, and go on there", async () => {
  const blocks = shellBlocks(PAGE).filter(({ notRun = "" }) => notRun.includes("with a ClickHouse server"));
  const isSecond = ({ notRun = "" }: (typeof blocks)[number]): boolean => notRun.includes("as a second collector");
  const isLast = ({ notRun = "" }: (typeof blocks)[number]): boolean => notRun.includes("has ended");
  const background = blocks.filter((block) => block.notRun?.includes("in the background") && !isSecond(block));
  expect(background.map((block) => block.script)).toEqual(["npx ngflow collect\n", "npx ngflow up\n"]);
  const [password, copy, look] = blocks
    .filter((block) => !background.includes(block) && !isSecond(block) && !isLast(block))
    .map((block) => block.script);

  // What `npm start` would have filled.
  const flows = join(folder, "flows.pcap");
  must([...NGFLOW, "export", "-r", "examples/office.pcap", "--format", "ipfix", "--to", flows]);
  must([...NGFLOW, "import", flows], { env, timeoutMs: 60_000 });
  const count = (data = env["NGFLOW_DATA"]): number => {
    const words = [...NGFLOW, "query", "--metric", "flows", "--from", "1970-01-01", "--format", "json"];
    return Number(
      (
        JSON.parse(must(words, { env: { ...env, NGFLOW_DATA: data }, timeoutMs: 60_000 })) as {
          rows: { flows: number }[];
        }
      ).rows[0]?.flows,
    );
  };
  const imported = count();
  expect(imported).toBeGreaterThan(10);

  runs(password!);
  // It belongs to the user of the daemons, whom root's import has made the owner of the data.
  const { uid, gid } = statSync(env["NGFLOW_DATA"]!);
  chownSync(join(folder, "clickhouse-password"), uid, gid);
  const collect = new Background(["bash", "--norc", "-euc", `exec ${background[0]!.script}`], { cwd: folder, env });
  let port = "";
  await collect.until("ngflow collect", () => {
    port = /"port":(\d+),"msg":"listening for flows"/.exec(collect.stderr)?.[1] ?? "";
    return port !== "";
  });
  // The same flows come once more while those are copied.
  must([...NGFLOW, "replay", flows, "--to", `udp://127.0.0.1:${port}`, "--speed", "max"]);
  expect(runs(copy!)).toContain(`store: clickhouse://ngflow@${host}/ngflow from now on`);
  await collect.stop();

  const up = new Background(["bash", "--norc", "-euc", `exec ${background[1]!.script}`], { cwd: folder, env });
  await up.until("ngflow up", () => /http:\/\/127\.0\.0\.1:\d+\n/.test(up.stdout));
  expect(runs(look!)).toMatch(new RegExp(`server +clickhouse://ngflow@${host}/ngflow\n +ClickHouse \\d+`));
  await expect.poll(() => count(), { interval: 500, timeout: 60_000 }).toBe(2 * imported);
  // A second collector answers with the flows of both.
  const second = blocks.find(isSecond);
  const other = { ...env, NGFLOW_DATA: join(folder, "tokyo"), NGFLOW_CONTROL: join(folder, "tokyo.sock") };
  const tokyo = new Background(["bash", "--norc", "-euc", `exec ${script(second!.script)}`], {
    cwd: folder,
    env: other,
  });
  await tokyo.until("the second ngflow up", () => /http:\/\/127\.0\.0\.1:\d+\n/.test(tokyo.stdout));
  expect(count(other.NGFLOW_DATA)).toBe(2 * imported);
  expect(runs(look!)).toMatch(
    /collectors +2 write into the database\n(.*\n)+? +\(no name\) .*\n +tokyo +[0-9a-f]{16} /,
  );
  await tokyo.stop();
  const forgotten = runs(blocks.find(isLast)!.script);
  expect(forgotten).toMatch(/\ntokyo +[0-9a-f]{16} /);
  expect(forgotten).toMatch(/\ntokyo: dropped 0 flows, \d+ tables\n/);
  await up.stop();
  // No daemon runs: the command opens the store itself. The password is where the data directory says.
  expect(count()).toBe(2 * imported);
}, 240_000);
