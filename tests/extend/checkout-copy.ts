import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, ROOT } from "../support/command.ts";

/** A temporary copy of this checkout with the same dependencies; its workspace packages are its own. */
export class CheckoutCopy {
  readonly root = mkdtempSync(join(tmpdir(), "ngflow-extend-"));

  constructor() {
    // What git knows or would add, and what is built already, so that only what is added has to be compiled.
    const listed = must(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"]).split("\0");
    const built = ["packages", "apps"].flatMap((top) =>
      readdirSync(join(ROOT, top)).map((name) => join(top, name, "dist")),
    );
    for (const path of [...listed, ...built]) {
      if (path === "" || !existsSync(join(ROOT, path))) continue;
      cpSync(join(ROOT, path), join(this.root, path), { recursive: true, preserveTimestamps: true });
    }
    this.#linkDependencies();
  }

  /** Symbolic links to the installed packages, but those of the workspace to the copy. */
  #linkDependencies(): void {
    const installed = join(ROOT, "node_modules");
    const copied = join(this.root, "node_modules");
    mkdirSync(copied);
    for (const entry of readdirSync(installed)) {
      if (entry === "@ngflow")
        cpSync(join(installed, entry), join(copied, entry), { recursive: true, verbatimSymlinks: true });
      else if (entry === "ngflow") symlinkSync("../apps/ngflow", join(copied, entry));
      else if (entry !== ".vite" && entry !== ".cache") symlinkSync(join(installed, entry), join(copied, entry));
    }
  }

  /** Runs `node args…` at the root of the copy. Returns what it printed when it fails. */
  fault(...args: string[]): string | undefined {
    const { NODE_ENV: _, VITEST: __, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.root,
      env: { ...env, NO_COLOR: "1" },
      encoding: "utf8",
      maxBuffer: 64 << 20,
    });
    return status === 0 ? undefined : `${args.join(" ")}: exit ${status}\n${stdout}${stderr}`;
  }

  /** Every source file's content by path. */
  files(): Map<string, string> {
    const found = new Map<string, string>();
    const visit = (folder: string): void => {
      for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && entry.name !== "dist" && entry.name !== "node_modules") visit(path);
        else if (entry.isFile()) found.set(path, readFileSync(join(this.root, path), "latin1"));
      }
    };
    for (const folder of ["packages", "apps", "docs"]) visit(folder);
    return found;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
