import { workerData } from "node:worker_threads";
import { ReceiveLoop, type ReceiveThreadData } from "./receive-loop.ts";

// The receive thread: it reads the sockets and does nothing else. `ThreadReceiver` starts it.

new ReceiveLoop(workerData as ReceiveThreadData).run();
