import type { TestExpression } from "unbash";
import { and, binaryTest, or, unaryTest } from "./condition.ts";
import type { Shell } from "./shell.ts";

export async function runTest(shell: Shell, expression: TestExpression): Promise<boolean | undefined> {
  switch (expression.type) {
    case "TestGroup":
      return runTest(shell, expression.expression);
    case "TestNot": {
      const value = await runTest(shell, expression.operand);
      return value === undefined ? undefined : value !== (expression.negations.length % 2 === 1);
    }
    case "TestLogical": {
      let value = expression.operator === "&&" ? true : (false as boolean | undefined);
      const join = expression.operator === "&&" ? and : or;
      for (const operand of expression.operands) value = join(value, await runTest(shell, operand));
      return value;
    }
    case "TestUnary":
      return unaryTest(expression.operator, await shell.expander.text(expression.operand), shell.tests);
    case "TestBinary": {
      const { operator, left, right } = expression;
      const pattern = operator === "=~" ? await shell.expander.text(right) : await shell.expander.pattern(right);
      const integer = operator.startsWith("-");
      const side = integer ? await shell.expander.text(right) : pattern;
      return binaryTest(await shell.expander.text(left), operator, side, true);
    }
  }
}
