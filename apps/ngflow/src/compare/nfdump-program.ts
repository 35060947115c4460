import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { CompareError } from "./errors.ts";

/** What nfdump says that files have. */
export interface NfdumpFacts {
  readonly flows: number;
  readonly packets: number;
  readonly bytes: number;
  /** First packet and last packet of any flow, Unix milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Datagrams or flows that nfcapd missed, as it counts. */
  readonly sequenceFailures: number;
}

/** nfdump on a directory of nfcapd's files. Its times are UTC. */
export class NfdumpProgram {
  readonly #program: string;
  readonly #directory: string;
  readonly #signal: AbortSignal | undefined;

  /** @param program the path of nfdump, or its name in the PATH */
  constructor(program: string, directory: string, signal?: AbortSignal) {
    this.#program = program;
    this.#directory = directory;
    this.#signal = signal;
  }

  /** @throws CompareError `compare-no-nfdump`, `compare-no-files`, `compare-nfdump`. */
  async facts(): Promise<NfdumpFacts> {
    if (statSync(this.#directory, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new CompareError("compare-no-files", `${this.#directory}: there is no such directory of nfcapd's files`);
    // nfdump crashes on a directory without files.
    if (!readdirSync(this.#directory, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile()))
      throw new CompareError("compare-no-files", `${this.#directory}: no files of nfcapd are here`);
    const found = new Map<string, number>();
    await this.lines(["-I"], (line) => {
      const [, name, number] = /^(\w[\w ]*): (\d+)$/.exec(line) ?? [];
      if (name !== undefined) found.set(name, Number(number));
    });
    const field = (name: string): number => found.get(name) ?? 0;
    if (field("Flows") === 0)
      throw new CompareError("compare-no-files", `${this.#directory}: nfdump finds no flows here`);
    return {
      flows: field("Flows"),
      packets: field("Packets"),
      bytes: field("Bytes"),
      firstMs: field("First") * 1000 + field("msec_first"),
      lastMs: field("Last") * 1000 + field("msec_last"),
      sequenceFailures: field("Sequence failures"),
    };
  }

  /** Gives every line that nfdump prints, one at a time: its output may be long. @throws CompareError. */
  async lines(words: readonly string[], take: (line: string) => void): Promise<void> {
    const child = spawn(this.#program, ["-R", this.#directory, ...words], {
      env: { ...process.env, TZ: "UTC", LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      signal: this.#signal,
    });
    const ended = new Promise<number | string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, killedBy) => resolve(code ?? killedBy!));
    });
    const said = text(child.stderr);
    const read = (async () => {
      for await (const line of createInterface({ input: child.stdout })) take(line);
    })();
    let status: number | string;
    try {
      [status] = await Promise.all([ended, read]);
    } catch (cause) {
      this.#signal?.throwIfAborted();
      const { code, message, syscall = "" } = cause as NodeJS.ErrnoException;
      if (!syscall.startsWith("spawn")) throw cause;
      throw new CompareError(
        "compare-no-nfdump",
        `compare: ${this.#program} cannot be run (${code ?? message}); install the package nfdump, or name the program with --nfdump`,
        { cause },
      );
    }
    if (status === 0) return;
    const reason = (await said).trim().split("\n").at(-1) ?? "";
    throw new CompareError(
      "compare-nfdump",
      `nfdump ${words.join(" ")}: ${reason === "" ? `ended with ${status}` : reason}`,
    );
  }
}
