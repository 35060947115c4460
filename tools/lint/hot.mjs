// Lint rules for the data path, applied by `.oxlintrc.json` to the files that are listed there, so that the list itself
// is reviewed. A hot file may set itself up (module level, constructors, functions named `create…`, `grow…`, `of`), and
// a node may answer the control plane. Everything else in it runs per packet or batch and neither allocates, throws nor
// waits.

/** Functions that run before traffic does, or when a table is enlarged. */
const SETUP = /^(constructor$|of$|create|grow|compile)/;

/** Methods of `NodeBehaviour` that the control plane calls: they may throw and allocate. `receive` is the data path. */
const CONTROL = new Set(["newHook", "connected", "message", "settings", "counters"]);

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const LOOPS = new Set(["ForStatement", "ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"]);

/** The name of a function: its own, or that of its method, property or variable. */
function functionName(node) {
  if (node.id?.name !== undefined) return node.id.name;
  const holder = node.parent;
  return holder?.key?.name ?? holder?.id?.name ?? "";
}

/** The enclosing functions of a node, innermost first. */
function enclosingFunctions(node) {
  const found = [];
  for (let at = node.parent; at; at = at.parent) if (FUNCTIONS.has(at.type)) found.push(at);
  return found;
}

/** True if the node runs per packet or batch: in a function, and not in one of setup or of the control plane. */
function runsWithTraffic(node) {
  const around = enclosingFunctions(node);
  const names = around.map(functionName);
  return names.length > 0 && !names.some((name) => SETUP.test(name) || CONTROL.has(name));
}

/** True if the node is in a loop of the function it belongs to. */
function inLoop(node) {
  for (let at = node.parent; at && !FUNCTIONS.has(at.type); at = at.parent) if (LOOPS.has(at.type)) return true;
  return false;
}

/** A rule that reports every node of the given types for which `applies` holds. */
function rule(types, message, applies) {
  return {
    meta: { type: "problem", docs: { description: message } },
    create(context) {
      const check = (node) => {
        if (applies(node)) context.report({ node, message });
      };
      return Object.fromEntries(types.map((type) => [type, check]));
    },
  };
}

export default {
  meta: { name: "hot" },
  rules: {
    "no-throw": rule(
      ["ThrowStatement"],
      "The data path does not throw: count the drop by its reason and go on.",
      runsWithTraffic,
    ),
    "no-new": rule(
      ["NewExpression"],
      "The data path does not allocate: make it in the constructor or in a create… or grow… function.",
      runsWithTraffic,
    ),
    "no-wait": rule(
      ["AwaitExpression"],
      "The data path does not wait: hand the work to the control plane.",
      runsWithTraffic,
    ),
    "no-loop-allocation": rule(
      ["ObjectExpression", "ArrayExpression", "ArrowFunctionExpression", "FunctionExpression", "TemplateLiteral"],
      "No object, array, closure or string per packet: use typed arrays made in advance.",
      (node) => inLoop(node) && runsWithTraffic(node),
    ),
    "no-bigint": rule(
      ["Literal"],
      "No BigInt in the data path: keep 64-bit totals as two 32-bit words or as a double.",
      (node) => typeof node.value === "bigint" && runsWithTraffic(node),
    ),
  },
};
