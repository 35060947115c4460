import { expect, it } from "vitest";
import { runtimeDirectories } from "./runtime-path.ts";

it.each([
  ["root's place", {}, 0, ["/run/ngflow", "/tmp/ngflow-0"]],
  ["what systemd made, first", { RUNTIME_DIRECTORY: "/run/a:/run/b" }, 0, ["/run/a", "/run/ngflow", "/tmp/ngflow-0"]],
  ["a user's", { XDG_RUNTIME_DIR: "/run/user/7" }, 7, ["/run/user/7/ngflow", "/tmp/ngflow-7"]],
  ["a user's without a session", {}, 7, ["/run/user/7/ngflow", "/tmp/ngflow-7"]],
  ["not a relative one", { XDG_RUNTIME_DIR: "x" }, 7, ["/run/user/7/ngflow", "/tmp/ngflow-7"]],
])("%s", (_, env, uid, wanted) => expect(runtimeDirectories({ env, uid })).toEqual(wanted));
