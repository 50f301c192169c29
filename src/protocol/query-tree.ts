/**
 * QueryTree: the parameters of a request in the old Query protocol, by the parts of their names:
 * `Entry.1.Id=a` is the value `a` at `Entry`, `1`, `Id`. Which parts mean something is not known here.
 *
 * Everything is bounded, because a request of a few megabytes could name millions of parameters.
 */

export type QueryNode = {
  /** The value of the parameter whose name ends here. */
  value?: string;
  readonly parts: Map<string, QueryNode>;
};

/** A batch of ten messages with ten attributes each, three parameters an attribute, names 400. */
const PARAMETERS_MAX = 4_000;
/** `SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringListValue.1` is 7 parts. */
const PARTS_MAX = 10;
/** Errors echo a name, but not without a bound. */
const NAME_LENGTH_MAX = 100;

/** Why a form is none that could be acted on, in words. */
export type FormFlaw = { readonly flaw: string };

const TOO_LARGE: FormFlaw = { flaw: "The request has too many parameters." };

/**
 * A parameter that is given twice is a flaw: of two readers each might believe another one, and the
 * parameters of a signed URL may change places.
 */
export function readQueryTree(
  parameters: Iterable<readonly [string, string]>,
): QueryNode | FormFlaw {
  const root: QueryNode = { parts: new Map() };
  let count = 0;
  for (const [name, value] of parameters) {
    if (++count > PARAMETERS_MAX) return TOO_LARGE;
    const parts = name.split(".", PARTS_MAX + 1);
    if (parts.length > PARTS_MAX) return TOO_LARGE;
    const node = nodeAt(root, parts);
    if (node.value !== undefined) {
      return { flaw: `The parameter ${name.slice(0, NAME_LENGTH_MAX)} is given more than once.` };
    }
    node.value = value;
  }
  return root;
}

function nodeAt(root: QueryNode, parts: readonly string[]): QueryNode {
  let node = root;
  for (const part of parts) {
    const next = node.parts.get(part) ?? { parts: new Map() };
    node.parts.set(part, next);
    node = next;
  }
  return node;
}

/** The children that are numbered, in the order of their numbers, which may have gaps. */
export function numberedParts(node: QueryNode): QueryNode[] {
  return [...node.parts]
    .filter(([part]) => INDEX.test(part))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

const INDEX = /^\d{1,9}$/;
