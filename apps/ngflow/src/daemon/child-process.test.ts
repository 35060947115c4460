import { expect, it } from "vitest";
import { environmentSettings } from "../options/config-file.ts";
import { listenAddresses } from "../options/listen-options.ts";
import { childEnvironment } from "./child-process.ts";

it("a child receives on the addresses of its options only, whatever its parent's environment asks for", () => {
  const addresses = (env: NodeJS.ProcessEnv): readonly number[] =>
    listenAddresses({ ...environmentSettings(env), listen: ["127.0.0.1:2055"] }).map(({ port }) => port);
  expect(addresses({ NGFLOW_RECEIVE: "true" })).toHaveLength(5);
  expect(addresses(childEnvironment({ NGFLOW_RECEIVE: "true" }))).toEqual([2055]);
});
