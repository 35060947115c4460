/** A test file that took longer is named when it has ended, also in a step that does not name all of its files. */
const LONG_FILE_MS = 10_000;

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Minutes and seconds. */
export function elapsed(ms) {
  const whole = Math.floor(ms / 1000);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** `3 passed, 1 failed, 2 skipped`, without what is zero. */
export function counts({ passed, failed, skipped }) {
  const words = [
    [passed, "passed"],
    [failed, "failed"],
    [skipped, "skipped"],
  ];
  return (
    words
      .filter(([count]) => count > 0)
      .map((each) => each.join(" "))
      .join(", ") || "nothing to run"
  );
}

/**
 * Says what is going on: a line when a step starts and when it ends, with the time since the run began, and one for
 * each test file of the long steps. On a terminal the last line says what is running, and how far it is.
 */
export class Progress {
  #stream;
  #nowMs;
  #beganMs;
  #running = new Map();
  #timer;

  /**
   * @param stream standard output
   * @param nowMs the clock
   */
  constructor(stream, nowMs = () => performance.now()) {
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
    if (!stream.isTTY) return;
    this.#timer = setInterval(() => this.#draw(), 1000);
    this.#timer.unref();
  }

  start(step) {
    this.#running.set(step.name, { startedMs: this.#nowMs(), files: 0, ended: 0 });
    this.#line(step.name, step.does);
  }

  /**
   * @param said `{ files }`, how many files the step has, or what became of one:
   *   `{ file, passed, failed, skipped, ms }`
   */
  file(step, said) {
    const state = this.#running.get(step.name);
    if (said.files !== undefined) state.files = said.files;
    else {
      state.ended += 1;
      const named = step.files || said.failed > 0 || said.ms >= LONG_FILE_MS;
      if (named) this.#line(step.name, `  ${said.file}: ${counts(said)} in ${seconds(said.ms)}`);
    }
    this.#draw();
  }

  /** @param result as run-step.mjs makes it */
  end(step, result) {
    const { startedMs } = this.#running.get(step.name);
    this.#running.delete(step.name);
    const { passed, failed, skipped, output } = result;
    this.#line(
      step.name,
      `${counts({ passed, failed, skipped: skipped.length })} in ${seconds(this.#nowMs() - startedMs)}`,
    );
    if (failed > 0) this.#write(`\n${output.trim()}\n\n`);
  }

  /** Ends the line that changes, if there is one; nothing but whole lines follows. */
  close() {
    clearInterval(this.#timer);
    this.#running.clear();
    this.#write("");
  }

  get elapsed() {
    return elapsed(this.#nowMs() - this.#beganMs);
  }

  #line(name, text) {
    this.#write(`${this.elapsed.padStart(6)}  ${name.padEnd(10)}  ${text}\n`);
  }

  #write(text) {
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${text}` : text);
    this.#draw();
  }

  #draw() {
    if (!this.#stream.isTTY || this.#running.size === 0) return;
    const running = [...this.#running].map(([name, { files, ended }]) =>
      files === 0 ? name : `${name} (${ended} of ${files} files)`,
    );
    const text = `${this.elapsed.padStart(6)}  running: ${running.join(", ")}`;
    this.#stream.write(`\r\x1b[K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }
}
