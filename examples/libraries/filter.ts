// Reads the words of a query with @ngflow/flows, and what is wrong with a filter.
import { FilterError, parseFilter, parseQuery } from "@ngflow/flows";

const query = parseQuery({ by: "SrcAddr", metric: "bytes", last: "1h", filter: "dst port 443" }, Date.now());
process.stdout.write(`${query.by.length} ${query.metric} ${query.toMs - query.fromMs}\n`);
try {
  parseFilter("SrcAdr = 10.0.0.1");
} catch (error) {
  if (error instanceof FilterError) process.stdout.write(`${error.message}\n`);
}
