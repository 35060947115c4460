import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { must, ROOT, run } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-release-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const modules = join(folder, "lib/node_modules");
const installed = join(modules, "ngflow");

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/** Links a package of the checkout, as an installation without optional packages would have it. */
function link(name: string): void {
  const to = join(modules, name);
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", name), to);
}

beforeAll(() => {
  must([process.execPath, `${ROOT}tools/release.mjs`, "--output", folder], { timeoutMs: 60_000 });
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, archive), "-C", installed, "--strip-components=1"]);
  const { dependencies } = read(join(installed, "package.json")) as Manifest;
  for (const name of Object.keys(dependencies)) {
    if (!existsSync(join(installed, "node_modules", name))) link(name);
  }
});

const command = (name: string): string[] => [process.execPath, join(installed, `bin/${name}.js`)];

test("the package has four commands that run, and pins what it depends on", () => {
  const manifest = read(join(installed, "package.json")) as Manifest;
  expect(Object.keys(manifest.bin)).toEqual(["ngflow", "ngctl", "flowctl", "nghook"]);
  for (const name of Object.keys(manifest.bin)) expect(must([...command(name), "--help"])).toContain(name);
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  expect(Object.keys(manifest.optionalDependencies)).toEqual(["chdb"]);
  expect(existsSync(join(installed, "node_modules/@ngflow/console/dist/index.html"))).toBe(true);
  // Nothing of the sources.
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((path) => /\.(?:map|tsbuildinfo)$|(?<!\.d)\.ts$/.test(path))).toEqual([]);
});

test("without the database, a capture is metered and flows are read", () => {
  const flows = join(folder, "flows.pcap");
  const capture = join(ROOT, "examples/office.pcap");
  must([...command("ngflow"), "export", "-r", capture, "--format", "ipfix", "--to", flows]);
  const lines = must([...command("ngflow"), "decode", flows])
    .trimEnd()
    .split("\n");
  expect(lines.filter((line) => line.includes('"kind":"flow"')).length).toBeGreaterThan(50);
  must([...command("ngflow"), "explain", join(ROOT, "examples/article.ngctl")]);
});

test("a verb that needs the database says in one line that it is not there", () => {
  const data = join(folder, "data");
  mkdirSync(join(data, "spool"), { recursive: true });
  const ended = run([...command("ngflow"), "query", "--by", "SrcAddr", "--data", data], { cwd: folder });
  expect(ended.status).toBe(71);
  expect(ended.stderr).toMatch(/^ngflow: store: the database is not installed; install ngflow with .*\n$/);
});

test("the bill of materials has every package with its version, licence and checksum", () => {
  const name = readdirSync(folder).find((each) => each.endsWith(".cdx.json")) ?? "";
  const { bomFormat, components } = read(join(folder, name)) as {
    readonly bomFormat: string;
    readonly components: readonly { readonly name: string; readonly licenses?: unknown; readonly hashes?: unknown }[];
  };
  expect(bomFormat).toBe("CycloneDX");
  expect(components.map((each) => each.name)).toEqual(expect.arrayContaining(["chdb", "koffi", "zod", "hono"]));
  expect(components.filter(({ licenses, hashes }) => licenses === undefined || hashes === undefined)).toEqual([]);
  execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: folder });
});
