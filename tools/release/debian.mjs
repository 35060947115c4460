// Debian packages of a staged folder: `ngflow`, and `ngflow-store` with the database, which is most of the bytes.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../workspaces.mjs";

const DEBIAN = join(root, "deploy/debian");
const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };
/** Where the program is; the commands in `/usr/bin` are links to it. */
const LIBRARY = "usr/lib/ngflow";
/** What the package with the database has. */
const STORE_FOLDERS = ["chdb", "@chdb"];

function run(command, ...words) {
  const { status, stderr, error } = spawnSync(command, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${error?.message ?? stderr}`);
}

function kib(folder) {
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += Math.ceil(statSync(join(entry.parentPath, entry.name)).size / 1024);
  }
  return sum;
}

/** A control file: that of `deploy/debian` with its variables. */
function control(name, folder, version) {
  const text = readFileSync(join(DEBIAN, `${name}.control`), "utf8");
  const values = { version, architecture: ARCHITECTURES[arch()] ?? arch(), size: kib(folder) };
  return text.replaceAll(/\$\{(\w+)\}/g, (_, key) => values[key]);
}

function build(name, folder, { version, output }) {
  const scripts = join(folder, "DEBIAN");
  mkdirSync(scripts, { recursive: true });
  writeFileSync(join(scripts, "control"), control(name, folder, version));
  for (const script of ["postinst", "prerm", "postrm", "conffiles"]) {
    const from = join(DEBIAN, `${name}.${script}`);
    if (!existsSync(from)) continue;
    cpSync(from, join(scripts, script));
    chmodSync(join(scripts, script), script === "conffiles" ? 0o644 : 0o755);
  }
  run("chmod", "-R", "u=rwX,go=rX", folder);
  const file = join(output, `${name}_${version}_${ARCHITECTURES[arch()] ?? arch()}.deb`);
  run("dpkg-deb", "--root-owner-group", "-Zzstd", "-z3", "--build", folder, file);
  return file;
}

/** Makes the packages, the one with the database only if asked for, and returns their files. */
export function debianPackages({ folder, manifest, output, work, database }) {
  const main = join(work, "ngflow");
  const library = join(main, LIBRARY);
  mkdirSync(join(main, "usr/lib"), { recursive: true });
  cpSync(folder, library, { recursive: true });
  run(
    "npm",
    "install",
    "--prefix",
    library,
    "--omit=dev",
    ...(database ? [] : ["--omit=optional"]),
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  );
  const store = join(work, "ngflow-store");
  for (const name of STORE_FOLDERS) {
    const from = join(library, "node_modules", name);
    if (!existsSync(from)) continue;
    mkdirSync(join(store, LIBRARY, "node_modules"), { recursive: true });
    renameSync(from, join(store, LIBRARY, "node_modules", name));
  }
  // What only npm reads, and the manual, which is elsewhere.
  for (const path of ["node_modules/.package-lock.json", "package-lock.json", "man"]) {
    rmSync(join(library, path), { recursive: true, force: true });
  }

  const commands = join(main, "usr/bin");
  mkdirSync(commands, { recursive: true });
  for (const [name, path] of Object.entries(manifest.bin)) symlinkSync(`../lib/ngflow/${path}`, join(commands, name));
  const units = join(main, "lib/systemd/system");
  mkdirSync(units, { recursive: true });
  for (const name of readdirSync(join(root, "deploy/systemd")).filter((each) => each.endsWith(".service"))) {
    const text = readFileSync(join(root, "deploy/systemd", name), "utf8");
    writeFileSync(join(units, name), text.replaceAll("/usr/local/bin/ngflow", "/usr/bin/ngflow"));
  }
  const put = (from, ...to) => {
    mkdirSync(join(main, ...to.slice(0, -1)), { recursive: true });
    cpSync(from, join(main, ...to));
  };
  put(join(root, "deploy/systemd/ngflow.conf"), "usr/lib/sysusers.d/ngflow.conf");
  put(join(DEBIAN, "environment"), "etc/ngflow/environment");
  put(join(DEBIAN, "ngflow.yaml"), "etc/ngflow/ngflow.yaml");
  put(join(root, "LICENSE"), "usr/share/doc/ngflow/copyright");
  for (const name of readdirSync(join(root, "deploy/man"))) {
    const section = join(main, "usr/share/man", `man${name.at(-1)}`);
    mkdirSync(section, { recursive: true });
    writeFileSync(join(section, `${name}.gz`), gzipSync(readFileSync(join(root, "deploy/man", name)), { level: 9 }));
  }
  const where = { version: manifest.version, output };
  return [build("ngflow", main, where), ...(existsSync(store) ? [build("ngflow-store", store, where)] : [])];
}
