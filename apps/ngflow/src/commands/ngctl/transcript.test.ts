import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { startTestDaemon } from "../../control/testing/test-daemon.ts";
import { runNgctl } from "./ngctl.ts";

const TESTDATA = join(import.meta.dirname, "testdata");

/**
 * A transcript is a session at a shell against one new daemon. Lines beginning with
 * `#` are comments; `$ ngctl …` runs ngctl (single and double quotes as in a shell); `$ file NAME` makes the file
 * `@/NAME`; `$ node NAME` makes a node named NAME of type `wall`, as the daemon makes interfaces;
 * `< TEXT` is a line of the file or of the command's standard input;
 * `! TEXT` is output on standard error; `? N` is the exit status where it is not 0; everything else is output.
 */
interface Step {
  readonly line: string;
  readonly input: string;
  readonly expected: string;
}

function parseTranscript(text: string): Step[] {
  const steps: { line: string; input: string; expected: string }[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    if (line.startsWith("#")) continue;
    const step = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ line: line.slice(2), input: "", expected: "" });
    else if (step === undefined) throw new Error(`a transcript begins with a command, not: ${line}`);
    else if (line.startsWith("< ")) step.input += `${line.slice(2)}\n`;
    else step.expected += `${line}\n`;
  }
  return steps;
}

function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  );
}

function collect(write: (text: string) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk.toString("utf8"));
      done();
    },
  });
}

async function runStep(step: Step, path: string, directory: string): Promise<string> {
  const output: { error: boolean; text: string }[] = [];
  const stdin = new PassThrough();
  stdin.end(step.input);
  const argv = shellWords(step.line)
    .slice(1)
    .map((word) => word.replace("@/", `${directory}/`));
  const status = await runNgctl(["--control", path, ...argv], {
    stdin,
    stdout: collect((text) => output.push({ error: false, text })),
    stderr: collect((text) => output.push({ error: true, text })),
    isTerminal: false,
    pid: 100,
  });
  const shown = output
    .map(({ error, text }) => (error ? text.replaceAll(/^(?=.)/gm, "! ") : text))
    .join("")
    .replaceAll(`${directory}/`, "@/");
  return status === 0 ? shown : `${shown}? ${status}\n`;
}

describe("ngctl transcripts", () => {
  const files = readdirSync(TESTDATA).filter((file) => file.endsWith(".ngtest"));

  it.each(files)("%s", async (file) => {
    const steps = parseTranscript(readFileSync(join(TESTDATA, file), "utf8"));
    expect(steps.length).toBeGreaterThan(0);
    await using daemon = await startTestDaemon();
    for (const step of steps) {
      const [command, argument] = shellWords(step.line);
      if (command === "file") {
        writeFileSync(join(daemon.directory, argument!), step.input.replaceAll("@/", `${daemon.directory}/`));
      } else if (command === "node") {
        daemon.makeNode(argument!);
      } else {
        expect(command, step.line).toBe("ngctl");
        const actual = await runStep(step, daemon.path, daemon.directory);
        expect(`$ ${step.line}\n${actual}`).toBe(`$ ${step.line}\n${step.expected}`);
      }
    }
  });
});
