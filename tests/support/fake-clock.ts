import { readdirSync, writeFileSync } from "node:fs";

/** A process's clock, which a test can set while it runs (Debian's faketime). The monotonic clock goes on as it is. */
export class FakeClock {
  readonly #file: string;

  /** @param file is written, and read by the process at every look at the clock. */
  constructor(file: string) {
    this.#file = file;
    this.set(0);
  }

  /** Hours before or after the machine's clock. */
  set(hours: number): void {
    writeFileSync(this.#file, `${hours < 0 ? "-" : "+"}${Math.abs(hours)}h\n`);
  }

  /** The environment of the process. */
  env(): NodeJS.ProcessEnv {
    const arch = readdirSync("/usr/lib").find((name) => name.endsWith("-linux-gnu"));
    return {
      LD_PRELOAD: `/usr/lib/${arch}/faketime/libfaketimeMT.so.1`,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }
}
