import { createHash, randomBytes } from "node:crypto";
import { type Role, ROLES } from "@ngflow/server/access";
import { type Command, Option } from "commander";
import { changeAccounts, readAccounts } from "../../../accounts/accounts-file.ts";
import { AccountError } from "../../../accounts/errors.ts";
import { parseAge } from "../../../options/store-options.ts";
import { printText } from "../../../output/print-text.ts";
import { formatTable } from "../../../output/table.ts";
import { writeOut } from "../../../output/write.ts";
import { accountPart, type AccountOptions, checkAccountName, enterAccounts, noteChange } from "../account-directory.ts";

const TOKEN_BYTES = 32;
const DAY_MS = 86_400_000;

interface AddOptions extends AccountOptions {
  readonly role: Role;
  /** Days; 0 for ever. */
  readonly expires?: number;
}

async function add(name: string, options: AddOptions): Promise<void> {
  checkAccountName(name);
  const directory = await enterAccounts(options);
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const sha256 = createHash("sha256").update(token).digest("hex");
  const { role, expires } = options;
  const expiresMs = expires === undefined || expires === 0 ? null : Date.now() + expires * DAY_MS;
  await changeAccounts(directory, (accounts) => {
    if (accounts.tokens.some((each) => each.name === name)) {
      throw new AccountError(
        "account-exists",
        `there is a token ${name}; remove it with "ngflow token remove ${name}"`,
      );
    }
    return { ...accounts, tokens: [...accounts.tokens, { name, role, sha256, expiresMs }] };
  });
  noteChange(directory, "token-added", name);
  await writeOut(`${token}\n`);
  if (process.stdout.isTTY)
    printText(process.stderr, "It is shown this once. Send it as Authorization: Bearer TOKEN.\n");
}

async function remove(name: string, options: AccountOptions): Promise<void> {
  const directory = await enterAccounts(options);
  await changeAccounts(directory, (accounts) => {
    const tokens = accounts.tokens.filter((each) => each.name !== name);
    if (tokens.length < accounts.tokens.length) return { ...accounts, tokens };
    throw new AccountError("account-unknown", `no token ${name}; "ngflow token list" lists them`);
  });
  noteChange(directory, "token-removed", name);
  printText(process.stdout, `${name} is removed\n`);
}

async function list(options: AccountOptions & { readonly json?: boolean }): Promise<void> {
  const { tokens } = readAccounts(await enterAccounts(options));
  const rows = tokens.map(({ name, role, expiresMs }) => ({
    name,
    role,
    expires: expiresMs === null ? "never" : new Date(expiresMs).toISOString(),
  }));
  if (options.json === true) await writeOut(`${JSON.stringify({ tokens: rows })}\n`);
  else if (rows.length === 0) printText(process.stdout, "no tokens; add one with ngflow token add NAME\n");
  else printText(process.stdout, formatTable(["name", "role", "expires"], rows, { human: true }));
}

export function define(command: Command): Command {
  const part = (form: string, summary: string): Command => accountPart(command, form, summary);
  part("add <name>", "make a token for a program, and print it once")
    .addOption(new Option("--role <role>", "what the program may do").choices([...ROLES]).default("viewer"))
    .addOption(new Option("--expires <age>", "end it after 90d, 12w or 2y (default: never)").argParser(parseAge))
    .action(add);
  part("list", "list tokens, without their secrets").option("--json", "print JSON").action(list);
  part("remove <name>", "remove a token").action(remove);
  return command.addHelpText("after", "\nExample:\n  ngflow token add grafana --expires 2y > token");
}
