/**
 * Conditions of a statement: operators, with their `Not`, `IfExists` and the set operators, over the
 * keys of a request. All conditions of a statement must hold; of a condition's values one must fit, and
 * of a negated operator's none may.
 *
 * A key that a request does not have fails a positive operator and satisfies a negated one, IfExists and
 * ForAllValues (IAM user guide). An operator that is not known is a flaw: it must not be set at all.
 */
import { isJsonObject } from "../json-object.ts";
import { NEGATIONS, OPERATORS, type ReadValue, type ValueTest } from "./condition-operator.ts";
import { parseBoolean } from "./condition-value.ts";
import {
  type Flawed,
  isFlawed,
  LEGACY_PARSING,
  NO_VENDOR,
  readEach,
  SYNTAX_ERROR,
} from "./policy-flaw.ts";
import { readTexts } from "./policy-text.ts";
import type { AccessContext } from "./text-template.ts";

export type Condition =
  | {
      readonly kind: "values";
      /** Lower-cased: names of keys are the same in any case. */
      readonly key: string;
      readonly isNegated: boolean;
      readonly isIfExists: boolean;
      readonly quantifier: Quantifier | undefined;
      readonly tests: readonly ValueTest[];
    }
  | { readonly kind: "null"; readonly key: string; readonly isMissingWanted: boolean };

type Quantifier = "ForAllValues" | "ForAnyValue";
type Operator = {
  readonly read: ReadValue;
  readonly isNegated: boolean;
  readonly isIfExists: boolean;
  readonly quantifier: Quantifier | undefined;
};
type Rules = { readonly hasVariables: boolean };

const IF_EXISTS = "IfExists";

/** Reads a statement's whole `Condition`. */
export function readConditions(block: unknown, rules: Rules): readonly Condition[] | Flawed {
  if (block === undefined) return [];
  if (!isJsonObject(block)) return SYNTAX_ERROR;
  const read = readEach(Object.entries(block), ([name, keys]) => {
    if (!isJsonObject(keys)) return SYNTAX_ERROR;
    return readEach(Object.entries(keys), ([key, values]) =>
      readCondition(name, { key, values }, rules),
    );
  });
  return isFlawed(read) ? read : read.flat();
}

export function holdsCondition(condition: Condition, context: AccessContext): boolean {
  const values = context.get(condition.key) ?? [];
  if (condition.kind === "null") return condition.isMissingWanted === (values.length === 0);
  const { isNegated, isIfExists, quantifier, tests } = condition;
  if (values.length === 0) {
    return isIfExists || quantifier === "ForAllValues" || (isNegated && quantifier === undefined);
  }
  const holds = (value: string): boolean => {
    return tests.some((test) => test(value, context)) !== isNegated;
  };
  // Several values without a set operator: none of them may be what a negated operator names.
  const isForAll = quantifier === undefined ? isNegated : quantifier === "ForAllValues";
  return isForAll ? values.every(holds) : values.some(holds);
}

function readCondition(
  name: string,
  { key, values }: { key: string; values: unknown },
  rules: Rules,
): Condition | Flawed {
  if (!key.includes(":")) return NO_VENDOR;
  const texts = readTexts(values);
  if (texts === undefined) return SYNTAX_ERROR;
  const lowerKey = key.toLowerCase();
  if (name === "Null") return readNull(lowerKey, texts);
  const operator = operatorOf(name);
  if (operator === undefined) return SYNTAX_ERROR;
  const { read, ...rest } = operator;
  const tests = readEach(texts, (text) => read(text, rules));
  return isFlawed(tests) ? tests : { kind: "values", key: lowerKey, ...rest, tests };
}

/** "true" asks that the key be missing. */
function readNull(key: string, texts: readonly string[]): Condition | Flawed {
  const [wanted] = texts.map(parseBoolean);
  return wanted === undefined || texts.length !== 1
    ? LEGACY_PARSING
    : { kind: "null", key, isMissingWanted: wanted };
}

/** `ForAnyValue:StringNotLikeIfExists`, say; undefined where there is no such operator. */
function operatorOf(name: string): Operator | undefined {
  const colon = name.indexOf(":");
  const prefix = colon < 0 ? undefined : name.slice(0, colon);
  if (prefix !== undefined && prefix !== "ForAllValues" && prefix !== "ForAnyValue") {
    return undefined;
  }
  const suffixed = name.slice(colon + 1);
  const isIfExists = suffixed.endsWith(IF_EXISTS);
  const bare = isIfExists ? suffixed.slice(0, -IF_EXISTS.length) : suffixed;
  const positive = NEGATIONS.get(bare);
  const read = OPERATORS.get(positive ?? bare);
  const isNegated = positive !== undefined;
  return read && { read, isNegated, isIfExists, quantifier: prefix };
}
