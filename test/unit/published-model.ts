/**
 * The published model of SQS, as @aws-sdk/client-sqs ships it: its schemas are data, tuples of numbers and
 * names. They are read into the form of our own tables, so that the two can be compared member by member.
 */
import type { Shape, StructureShape } from "../../src/protocol/shape.ts";

export type ModelError = { readonly queryCode: string; readonly httpStatus: number };

export type Model = {
  /** Requests by action. */
  readonly inputs: ReadonlyMap<string, StructureShape>;
  /** Answers by action; of those that have one. */
  readonly outputs: ReadonlyMap<string, StructureShape>;
  readonly errors: ReadonlyMap<string, ModelError>;
};

/** First elements of the tuples. */
const LIST = 1;
const MAP = 2;
const STRUCTURE = 3;
const ERROR = -3;
const OPERATION = 9;
/** Numbers that stand for a schema; a list of one is that number with this bit. */
const SIMPLE: Readonly<Record<number, Shape>> = {
  0: { kind: "string" },
  1: { kind: "integer" },
  // Only answers have booleans, and those are not decoded.
  2: { kind: "string" },
  21: { kind: "blob" },
};
const LIST_OF = 64;

/** `exported`: everything that the package exports. */
export function readModel(exported: Readonly<Record<string, unknown>>): Model {
  const inputs = new Map<string, StructureShape>();
  const outputs = new Map<string, StructureShape>();
  const errors = new Map<string, ModelError>();
  for (const value of Object.values(exported)) {
    if (!Array.isArray(value)) continue;
    const [kind, namespace, name, traits, ...rest]: unknown[] = value;
    if (namespace !== "com.amazonaws.sqs" || typeof name !== "string") continue;
    if (kind === ERROR) errors.set(name, readError(name, traits));
    if (kind !== OPERATION) continue;
    const [input, output] = rest.map(resolved);
    inputs.set(name, readStructure(input));
    if (output !== "unit") outputs.set(name, readStructure(output));
  }
  return { inputs, outputs, errors };
}

/** An error that says nothing of the Query protocol has its own name there. */
function readError(name: string, traits: unknown): ModelError {
  const [queryCode, httpStatus] = listed(traitOf(traits, "awsQueryError") ?? [name, 400]);
  return { queryCode: String(queryCode), httpStatus: Number(httpStatus) };
}

function readStructure(schema: unknown): StructureShape {
  const [kind, , , , names, schemas] = listed(schema);
  if (kind !== STRUCTURE) throw new Error("a request or an answer is a structure");
  const memberSchemas = listed(schemas);
  const members = listed(names).map((name, index): [string, Shape] => {
    return [String(name), readMember(String(name), memberSchemas[index])];
  });
  return { kind: "structure", members: Object.fromEntries(members) };
}

/** A member is a schema, or a schema with traits: there is the name of its elements in a form. */
function readMember(name: string, member: unknown): Shape {
  const [target, traits] = isTraited(member) ? member : [member, {}];
  return readShape(target, String(traitOf(traits, "xmlName") ?? name));
}

function readShape(reference: unknown, queryName: string): Shape {
  const schema = resolved(reference);
  if (typeof schema === "number") return readNumber(schema, queryName);
  const [kind, , , , first, second] = listed(schema);
  if (kind === STRUCTURE) return readStructure(schema);
  if (kind === LIST) return { kind: "list", element: readMember("", first), queryName };
  if (kind !== MAP) throw new Error(`no such schema: ${String(kind)}`);
  const [queryKey, queryValue] = [first, second].map((part) => {
    return String(traitOf(isTraited(part) ? part[1] : {}, "xmlName"));
  });
  const value = readMember("", second);
  return { kind: "map", value, queryName, queryKey: queryKey ?? "", queryValue: queryValue ?? "" };
}

function readNumber(schema: number, queryName: string): Shape {
  const isList = schema >= LIST_OF;
  const shape = SIMPLE[isList ? schema - LIST_OF : schema];
  if (shape === undefined) throw new Error(`no such schema: ${schema}`);
  return isList ? { kind: "list", element: shape, queryName } : shape;
}

function resolved(reference: unknown): unknown {
  return typeof reference === "function" ? reference() : reference;
}

function isTraited(member: unknown): member is [unknown, unknown] {
  return Array.isArray(member) && member.length === 2;
}

function traitOf(traits: unknown, name: string): unknown {
  const isObject = typeof traits === "object" && traits !== null;
  return isObject ? Object.entries(traits).find(([key]) => key === name)?.[1] : undefined;
}

function listed(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error("a schema is a tuple");
  return value;
}

/** In what two shapes differ, each with the path to it. */
export function shapeDifferences(path: string, ours: Shape, model: Shape): string[] {
  if (ours.kind === "structure" && model.kind === "structure") {
    return memberDifferences(path, ours, model);
  }
  if (ours.kind === "list" && model.kind === "list") {
    return [
      ...spelling(path, [ours.queryName], [model.queryName]),
      ...shapeDifferences(`${path}[]`, ours.element, model.element),
    ];
  }
  if (ours.kind === "map" && model.kind === "map") {
    const oursSpelled = [ours.queryName, ours.queryKey, ours.queryValue];
    const modelSpelled = [model.queryName, model.queryKey, model.queryValue];
    return [
      ...spelling(path, oursSpelled, modelSpelled),
      ...shapeDifferences(`${path}{}`, ours.value, model.value),
    ];
  }
  return ours.kind === model.kind ? [] : [`${path} is ${ours.kind}, in the model ${model.kind}`];
}

function memberDifferences(path: string, ours: StructureShape, model: StructureShape): string[] {
  const names = new Set([...Object.keys(ours.members), ...Object.keys(model.members)]);
  return [...names].flatMap((name) => {
    const [own, published] = [ours.members[name], model.members[name]];
    if (own === undefined) return [`${path}.${name} is missing`];
    if (published === undefined) return [`${path}.${name} is not in the model`];
    return shapeDifferences(`${path}.${name}`, own, published);
  });
}

function spelling(path: string, ours: readonly string[], model: readonly string[]): string[] {
  const [own, published] = [ours.join(", "), model.join(", ")];
  return own === published ? [] : [`${path} is spelled ${own}, in the model ${published}`];
}

/** Of two tables by name: what only one has, and what `differences` finds in the others. */
export function tableDifferences<Ours, Theirs>(
  ours: Readonly<Record<string, Ours>>,
  model: ReadonlyMap<string, Theirs>,
  differences: (name: string, ours: Ours, model: Theirs) => readonly string[],
): string[] {
  const names = new Set([...Object.keys(ours), ...model.keys()]);
  return [...names].flatMap((name) => {
    const [own, published] = [ours[name], model.get(name)];
    if (own === undefined) return [`${name} is missing`];
    if (published === undefined) return [`${name} is not in the model`];
    return differences(name, own, published);
  });
}
