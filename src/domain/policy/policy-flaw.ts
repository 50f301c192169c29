/**
 * PolicyFlaw: why a policy document is not accepted, in IAM's or SQS's words where they are known. A
 * flaw is a value, as refusals are: whoever asked for the document to be read decides how the wire says
 * it. Readers of parts return what they read or a flaw, so that the first flaw ends the reading.
 */
export type PolicyFlaw = {
  /** Over the limit: well-formed, but more of something than a queue's policy may hold. */
  readonly kind: "malformed" | "over-limit";
  readonly message: string;
};

export type Flawed = { readonly flaw: PolicyFlaw };

export function flawed(message: string): Flawed {
  return { flaw: { kind: "malformed", message } };
}

export function overLimit(message: string): Flawed {
  return { flaw: { kind: "over-limit", message } };
}

export function isFlawed(reading: unknown): reading is Flawed {
  return typeof reading === "object" && reading !== null && "flaw" in reading;
}

/** Every item read, or the first flaw. */
export function readEach<Item, Read>(
  items: readonly Item[],
  read: (item: Item) => Read | Flawed,
): readonly Read[] | Flawed {
  const all: Read[] = [];
  for (const item of items) {
    const one = read(item);
    if (isFlawed(one)) return one;
    all.push(one);
  }
  return all;
}

/** The document does not have the form of a policy at all. */
export const SYNTAX_ERROR = flawed("Syntax errors in policy.");
/** A part of it cannot mean anything, such as a date that is none. */
export const LEGACY_PARSING = flawed("The policy failed legacy parsing");
export const NO_VENDOR = flawed(
  "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
);
