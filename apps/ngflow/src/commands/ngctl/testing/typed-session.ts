import { PassThrough, Writable } from "node:stream";
import { runNgctl } from "../ngctl.ts";

const ESCAPE = String.fromCharCode(0x1b);
const CONTROL_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;]*[A-Za-z]`, "g");

/** ngctl at a terminal: what is typed, and what the screen has shown so far without control sequences. */
export class TypedSession {
  readonly input = new PassThrough();
  readonly status: Promise<number>;
  #screen = "";

  constructor(path: string) {
    const screen = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#screen += chunk.toString("utf8").replaceAll(CONTROL_SEQUENCE, "").replaceAll("\r", "");
        done();
      },
    });
    this.status = runNgctl(["--control", path], {
      stdin: this.input,
      stdout: screen,
      stderr: screen,
      isTerminal: true,
      pid: 100,
    });
  }

  /** Types keys one by one, as a person does. */
  async type(keys: string): Promise<void> {
    for (const key of keys) {
      this.input.write(key);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Waits until the screen shows `text`, and forgets what came before it. */
  async sees(text: string): Promise<void> {
    const deadline = Date.now() + 15_000;
    while (!this.#screen.includes(text)) {
      if (Date.now() > deadline) throw new Error(`the screen never showed ${JSON.stringify(text)}: ${this.#screen}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    this.#screen = this.#screen.slice(this.#screen.indexOf(text) + text.length);
  }
}
