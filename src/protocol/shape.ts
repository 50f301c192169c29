/**
 * Shapes: the declarative form of what a request may contain, as in the published model of SQS. One
 * table of them drives every decoder, and the TypeScript types of requests are derived from it, so
 * the two cannot disagree.
 *
 * A shape also knows how the old Query protocol spells its members: lists and maps are flattened
 * there under a name of their own (`Attribute.1.Name`), which is data here and not code.
 */
export type Shape =
  | { readonly kind: "string" }
  | { readonly kind: "integer" }
  | { readonly kind: "blob" }
  | ListShape
  | MapShape
  | StructureShape;

export type ListShape = {
  readonly kind: "list";
  readonly element: Shape;
  /** `AttributeName` of `AttributeName.1`. */
  readonly queryName: string;
};

export type MapShape = {
  readonly kind: "map";
  readonly value: Shape;
  /** `Attribute`, `Name` and `Value` of `Attribute.1.Name` and `Attribute.1.Value`. */
  readonly queryName: string;
  readonly queryKey: string;
  readonly queryValue: string;
  /** What a key without a value stands for there; not in it: it is malformed. */
  readonly queryAbsent?: "";
};

export type StructureShape = {
  readonly kind: "structure";
  readonly members: { readonly [member: string]: Shape };
};

/** What a decoder makes of a shape. Members of structures may all be absent; maps are Maps. */
export type ValueOf<S> = S extends { kind: "string" }
  ? string
  : S extends { kind: "integer" }
    ? number
    : S extends { kind: "blob" }
      ? Uint8Array
      : S extends { kind: "list"; element: infer E }
        ? readonly ValueOf<E>[]
        : S extends { kind: "map"; value: infer V }
          ? ReadonlyMap<string, ValueOf<V>>
          : S extends { kind: "structure"; members: infer M }
            ? { readonly [K in keyof M]?: ValueOf<M[K]> }
            : never;

export const STRING = { kind: "string" } as const;
export const INTEGER = { kind: "integer" } as const;
export const BLOB = { kind: "blob" } as const;

export function list<const E extends Shape>(element: E, queryName: string) {
  return { kind: "list", element, queryName } as const;
}

export function map<const V extends Shape>(value: V, queryName: string) {
  const names = { queryName, queryKey: "Name", queryValue: "Value" };
  return { kind: "map", value, ...names } as const;
}

/** Tags: a key alone is one with an empty value. */
export function tagMap() {
  const names = {
    queryName: "Tag",
    queryKey: "Key",
    queryValue: "Value",
    queryAbsent: "",
  } as const;
  return { kind: "map", value: STRING, ...names } as const;
}

export function structure<const M extends StructureShape["members"]>(members: M) {
  return { kind: "structure", members } as const;
}
