import { runClientContract } from "../testing/client-contract.ts";
import { createChdbBackend } from "./backend.ts";

runClientContract({ name: "chdb", backend: createChdbBackend });
