import { config } from "./config.ts";
import { connect } from "./connect.ts";
import { debug } from "./debug.ts";
import { dot } from "./dot.ts";
import { help } from "./help.ts";
import { list } from "./list.ts";
import { mkpeer } from "./mkpeer.ts";
import { msg } from "./msg.ts";
import { name } from "./name.ts";
import { quit } from "./quit.ts";
import { read } from "./read.ts";
import { rmhook } from "./rmhook.ts";
import { show } from "./show.ts";
import { shutdown } from "./shutdown.ts";
import { status } from "./status.ts";
import { types } from "./types.ts";
import type { Verb } from "./verb.ts";
import { write } from "./write.ts";

/** The commands in the order that `help` lists them. */
export const VERBS: readonly Verb[] = [
  config,
  connect,
  debug,
  dot,
  help,
  list,
  mkpeer,
  msg,
  name,
  read,
  rmhook,
  show,
  shutdown,
  status,
  types,
  write,
  quit,
];
