import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { Background } from "./command.ts";
import { type Host, TwoHosts } from "./hosts.ts";

/** What every test of a suite begins with, and what is gone after it. */
export interface HostsTest {
  readonly hosts: TwoHosts;
  /** An empty folder. */
  readonly folder: string;
  /** Starts a command on the left host, or on another; it is killed when the test ends. */
  start(words: readonly string[], options?: { readonly env?: NodeJS.ProcessEnv; readonly on?: Host }): Background;
}

/**
 * Gives two hosts and a folder to each test of the suite, or of the file, that calls it.
 * @param missing why the tests are skipped, if they are.
 */
export function useTwoHosts(missing: string | undefined): HostsTest {
  let hosts: TwoHosts | undefined;
  let folder = "";
  const running: Background[] = [];

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-hosts-"));
    hosts = new TwoHosts();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    hosts?.remove();
    hosts = undefined;
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  return {
    get hosts() {
      return hosts!;
    },
    get folder() {
      return folder;
    },
    start(words, { env = {}, on = hosts!.left } = {}) {
      const process = new Background(on.exec(words), { env });
      running.push(process);
      return process;
    },
  };
}
