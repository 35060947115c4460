import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { PASSWORD_LENGTH } from "@ngflow/server/access";
import { AccountError } from "./errors.ts";

/**
 * A new password: typed twice without being shown, or the first line of standard input where that is no terminal.
 *
 * @throws AccountError `account-password`
 */
export async function readNewPassword(name: string): Promise<string> {
  const password = process.stdin.isTTY ? await typedTwice(name) : (await text(process.stdin)).split(/\r?\n/)[0]!;
  const { least, most } = PASSWORD_LENGTH;
  if (password.length >= least && password.length <= most) return password;
  throw new AccountError(
    "account-password",
    `a password has ${least} to ${most} characters; this one has ${password.length}`,
  );
}

async function typedTwice(name: string): Promise<string> {
  const first = await typed(`Password of ${name}: `);
  const second = await typed("The same again: ");
  if (first === second) return first;
  throw new AccountError("account-password", "the two passwords differ; nothing was changed");
}

/** A line that is typed without being shown. Ctrl-C ends the program. */
function typed(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const lines = createInterface({ input: process.stdin, terminal: true, historySize: 0 });
  return new Promise((resolve) => {
    lines.once("SIGINT", () => {
      process.stderr.write("\n");
      process.exit(130);
    });
    lines.once("line", (line) => {
      lines.close();
      process.stderr.write("\n");
      resolve(line);
    });
  });
}
