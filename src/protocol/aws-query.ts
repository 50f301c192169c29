/**
 * The old Query protocol (`Version=2012-11-05`): form parameters to a typed action. It reads the same
 * table of shapes as AWS JSON, in the spelling that the table gives for it: lists and maps are flattened
 * (`AttributeName.1`, `Attribute.1.Name`). Clients in use also write the names of the model
 * (`Attributes.1.Name`), a `member` in between, or leave the number of an only element out.
 */
import { type Action, type ActionInput, INPUTS, isAction } from "./actions.ts";
import { type Decoded, malformed, unknownAction } from "./decoded.ts";
import { formParameters } from "./form-parameters.ts";
import { type FormFlaw, numberedParts, type QueryNode, readQueryTree } from "./query-tree.ts";
import { Misshapen, readBlobText, readIntegerText } from "./scalar.ts";
import type { ListShape, MapShape, Shape, StructureShape } from "./shape.ts";

/** Errors echo a name, but not without a bound. */
const NAME_LENGTH_MAX = 100;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** `query` is that of the URL; a body that is a form comes after it. */
export function decodeAwsQuery(query: string, body: Uint8Array): Decoded {
  const tree = parsedTree(query, body);
  if ("flaw" in tree) return malformed(tree.flaw);
  const action = tree.parts.get("Action")?.value ?? "";
  return isAction(action) ? decoded(action, tree) : unknownAction(action);
}

/** The parameters of a request, or why there are none. */
export function parsedTree(query: string, body: Uint8Array): QueryNode | FormFlaw {
  try {
    const text = body.byteLength === 0 ? query : `${query}&${utf8.decode(body)}`;
    return readQueryTree(formParameters(text));
  } catch {
    // Bytes or escapes that are no text.
    return { flaw: "The request is not a form in UTF-8." };
  }
}

function decoded<A extends Action>(action: A, tree: QueryNode): Decoded {
  try {
    // The table is where the type comes from, so reading through it is the check.
    const input = readStructure(INPUTS[action], tree) as ActionInput<A>;
    return { ok: true, action, input } as Decoded;
  } catch (error) {
    if (error instanceof Misshapen) return malformed(error.message);
    throw error;
  }
}

/** Undefined where nothing of this shape was sent. */
function read(shape: Shape, member: string, node: QueryNode): unknown {
  switch (shape.kind) {
    case "string":
      return node.parts.get(member)?.value;
    case "integer":
      return mapped(node.parts.get(member)?.value, readIntegerText);
    case "blob":
      return mapped(node.parts.get(member)?.value, readBlobText);
    case "list":
      return readList(shape, elementsOf(node, spellings(shape, member)));
    case "map":
      return readMap(shape, elementsOf(node, spellings(shape, member)));
    case "structure":
      return mapped(node.parts.get(member), (child) => readStructure(shape, child));
  }
}

/** Throws Misshapen at a value that has the wrong form. */
export function readStructure(shape: StructureShape, node: QueryNode): Record<string, unknown> {
  const structure: Record<string, unknown> = {};
  for (const [member, memberShape] of Object.entries(shape.members)) {
    const value = read(memberShape, member, node);
    if (value !== undefined) structure[member] = value;
  }
  return structure;
}

/** A batch without entries cannot be told from one that was not sent: SQS calls it empty. */
function readList(shape: ListShape, elements: readonly QueryNode[]): unknown[] | undefined {
  const { element } = shape;
  if (element.kind === "structure") return elements.map((node) => readStructure(element, node));
  if (elements.length === 0) return undefined;
  return elements.flatMap(({ value }) => (value === undefined ? [] : [readText(element, value)]));
}

/** A Map, because `__proto__` is a legal key. An element without a key has the key "". */
function readMap(
  shape: MapShape,
  elements: readonly QueryNode[],
): Map<string, unknown> | undefined {
  if (elements.length === 0) return undefined;
  const map = new Map<string, unknown>();
  for (const node of elements) {
    const key = node.parts.get(shape.queryKey)?.value ?? "";
    // As with parameters, the first of a name counts.
    if (map.has(key)) continue;
    map.set(key, read(shape.value, shape.queryValue, node) ?? absentValue(shape, key));
  }
  return map;
}

/** A structure of which nothing was sent is one without members, and its handler says what is missing. */
function absentValue({ value, queryAbsent }: MapShape, key: string): unknown {
  if (value.kind === "structure") return {};
  if (queryAbsent !== undefined) return queryAbsent;
  throw new Misshapen(`The value of ${key.slice(0, NAME_LENGTH_MAX)} is missing`);
}

function readText(shape: Shape, text: string): unknown {
  if (shape.kind === "integer") return readIntegerText(text);
  return shape.kind === "blob" ? readBlobText(text) : text;
}

/** The plural too, because one member of the model begins with a small letter: `tags`. */
function spellings({ queryName }: ListShape | MapShape, member: string): readonly string[] {
  return [...new Set([queryName, member, `${queryName}s`])];
}

/**
 * The elements of a list or map under any of its names, numbered or an only one. A name with nothing behind
 * it (`Entries=`) is how botocore writes an empty list.
 */
function elementsOf(node: QueryNode, names: readonly string[]): QueryNode[] {
  return names.flatMap((name) => {
    const child = node.parts.get(name);
    if (child === undefined) return [];
    const numbered = numberedParts(child.parts.get("member") ?? child.parts.get("entry") ?? child);
    if (numbered.length > 0) return numbered;
    return child.value === "" && child.parts.size === 0 ? [] : [child];
  });
}

function mapped<T, U>(value: T | undefined, map: (value: T) => U): U | undefined {
  return value === undefined ? undefined : map(value);
}
