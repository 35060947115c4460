import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Background, NGFLOW, ROOT, must, run } from "../support/command.ts";
import { absentTools } from "../support/needs.ts";
import { pages, shellBlocks } from "../support/pages.ts";

const HTTP_OF_THE_PAGES = "127.0.0.1:8080";
const blocks = pages().flatMap(shellBlocks);

test("the first two blocks of the README are the two commands", () => {
  const [first, second] = shellBlocks("README.md");
  expect(first?.script).toBe("npm ci && npm start\n");
  expect(second?.script).toBe("npm ci && npm run verify\n");
});

test("the target of every link to a file exists", () => {
  const dead = pages().flatMap((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)]
      .map(([, target = ""]) => join(dirname(join(ROOT, page)), target))
      .filter((path) => !existsSync(path)),
  );
  expect(dead).toEqual([]);
});

test("every npm verb that a page names exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  const named = pages().flatMap((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, verb = ""]) => verb),
  );
  expect(named.length).toBeGreaterThan(3);
  expect([...new Set(named)].filter((verb) => !(verb in scripts))).toEqual([]);
});

/** The help of the commands below a verb. */
function helpBelow(verb: string, help: string): string {
  const below = help.split("\nCommands:\n")[1] ?? "";
  const names = [...below.matchAll(/^ {2}(\w+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
  return names.map((name) => must([...NGFLOW, verb, name, "--help"])).join("");
}

test("every option in a command of a page is one that the verb has", () => {
  const used = blocks.flatMap(({ script }) =>
    [...script.matchAll(/\bngflow (\w+)([^\n|&>]*)/g)].flatMap(([, verb = "", words = ""]) =>
      [...words.matchAll(/(?<= )--?[a-z][a-z-]*/g)].map(([option]) => `${verb} ${option}`),
    ),
  );
  expect(used.length).toBeGreaterThan(20);
  const verbs = [...new Set(used.map((each) => each.split(" ")[0] ?? ""))];
  const help = new Map(verbs.map((verb) => [verb, must([...NGFLOW, verb, "--help"])]));
  const absent = [...new Set(used)].filter((each) => {
    const [verb = "", option = ""] = each.split(" ");
    const has = new RegExp(`(^|[ ,])${option}\\b`, "m");
    return !has.test(help.get(verb) ?? "") && !has.test(helpBelow(verb, help.get(verb) ?? ""));
  });
  expect(absent).toEqual([]);
});

describe("commands of the pages", () => {
  const tour = shellBlocks("README.md").find(({ notRun }) => notRun === "in the background");
  let folder = "";
  let address = "";
  let demo: Background | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-docs-"));
    for (const name of ["node_modules", "examples", "package.json"]) symlinkSync(join(ROOT, name), join(folder, name));
    // As the README starts it, except that another ngflow may run on this machine, and without exporters that lose.
    const start = `exec ${tour?.script.trim()} --no-story --control ${join(folder, "control.sock")} --http 127.0.0.1:0`;
    demo = new Background(["bash", "--norc", "-euc", start], { cwd: folder });
    await demo.until("ngflow demo", () => {
      address = /http:\/\/(127\.0\.0\.1:\d+)\n/.exec(demo?.stdout ?? "")?.[1] ?? "";
      return address !== "";
    });
    const stored = async (): Promise<boolean> => {
      const answer = await fetch(`http://${address}/api/v1/pipeline`);
      return ((await answer.json()) as { rowsStored: number }).rowsStored > 0;
    };
    await demo.until("the first rows", stored);
  });
  afterAll(async () => {
    await demo?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("/metrics has everything that the alert rules and the board ask for", async () => {
    let text = "";
    await demo?.until("counters of the graph", async () => {
      text = await (await fetch(`http://${address}/metrics`)).text();
      return text.includes("ngflow_packets_seen_total");
    });
    const samples = text.split("\n").filter((line) => line.startsWith("ngflow_"));
    const selectors = ["deploy/prometheus/ngflow.rules.yml", "deploy/grafana/ngflow.json"].flatMap((file) => [
      ...readFileSync(join(ROOT, file), "utf8")
        .replaceAll('\\"', '"')
        .matchAll(/\b(ngflow_[a-z_]+)(?:\{([^}]*)\})?/g),
    ]);
    expect(selectors.length).toBeGreaterThan(30);
    const absent = selectors.filter(([, name = "", labels = ""]) => {
      const wanted = [...labels.matchAll(/(hop|counter)=~?"([^"]*)"/g)];
      return !samples.some(
        (line) =>
          /^[a-z_]+/.exec(line)?.[0] === name &&
          wanted.every(([, label, value]) => new RegExp(`[{,]${label}="${value}"`).test(line)),
      );
    });
    expect(absent.map(([selector]) => selector)).toEqual([]);
  });

  // The tutorials need a host of their own: tests/hosts/tutorial.test.ts runs every command of theirs.
  const runnable = blocks.filter(
    ({ page, notRun, script }) =>
      notRun === undefined &&
      !script.startsWith("npm ci") &&
      !page.startsWith("docs/tutorials/") &&
      // Translations have the commands of the English pages: translations.test.ts.
      !page.endsWith(".ja.md"),
  );

  test.for(runnable.map((block) => [`${block.page}:${block.line}`, block] as const))("%s", ([, block], ctx) => {
    const absent = block.script.includes("curl") ? absentTools("curl") : undefined;
    ctx.skip(absent !== undefined, absent);
    const ended = run(["bash", "--norc", "-euc", block.script.replaceAll(HTTP_OF_THE_PAGES, address)], {
      cwd: folder,
      env: { NGFLOW_DATA: "demo-data", NGFLOW_CONTROL: join(folder, "control.sock") },
      timeoutMs: 90_000,
    });
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stderr).not.toMatch(/internal error/);
    expect(ended.stdout).not.toBe("");
  });
});
