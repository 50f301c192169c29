/**
 * Our tables are those of the published model: the same actions, the same members of the same kinds and
 * spelled the same in a form, the same errors. What differs on purpose is listed here, with its reason.
 */
import * as sdk from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { type Action, type ActionOutput, INPUTS } from "../../src/protocol/actions.ts";
import { encodeQueryAnswer } from "../../src/protocol/aws-query-answer.ts";
import { ERRORS } from "../../src/protocol/errors.ts";
import { list, type Shape, STRING, structure } from "../../src/protocol/shape.ts";
import type { WireAnswer } from "../../src/protocol/wire-answer.ts";
import { readModel, shapeDifferences, tableDifferences } from "./published-model.ts";

const MODEL = readModel({ ...sdk });

/** In the model both lists of a receive have one name in a form; here each has its own, too. */
const ON_PURPOSE = [
  "ReceiveMessage.MessageSystemAttributeNames is spelled MessageSystemAttributeName, in the model AttributeName",
];

function errorDifferences(
  errors: Readonly<Record<string, (typeof ERRORS)["OverLimit"]>>,
): string[] {
  return tableDifferences(errors, MODEL.errors, (name, { queryCode, httpStatus }, model) => {
    const isSame = queryCode === model.queryCode && httpStatus === model.httpStatus;
    return isSame ? [] : [`${name} is ${queryCode} with ${httpStatus}`];
  });
}

function errorsOf(namespace: string): Record<string, (typeof ERRORS)["OverLimit"]> {
  return Object.fromEntries(
    Object.entries(ERRORS).filter(([, entry]) => entry.namespace === namespace),
  );
}

describe("the published model", () => {
  it("is read whole", () => {
    expect(MODEL.inputs.size).toBe(23);
    expect(MODEL.outputs.size).toBe(14);
    expect(MODEL.errors.size).toBe(28);
  });

  it("has our actions, with our members of our kinds, spelled as we do", () => {
    expect(tableDifferences<Shape, Shape>(INPUTS, MODEL.inputs, shapeDifferences)).toEqual(
      ON_PURPOSE,
    );
  });

  it("has our errors, with our codes in the Query protocol and our statuses", () => {
    expect(errorDifferences(errorsOf("com.amazonaws.sqs"))).toEqual([]);
  });

  it.each([...MODEL.outputs])(
    "has the document of an answer to %s as we write it",
    (name, shape) => {
      const { body = "" } = encodeSample(name, sampleOf(shape), { requestId: "id", form: "xml" });
      const result = /Result>(.*)<\/[A-Za-z]*Result>/.exec(body)?.[1];
      expect(result).toBe(documentOf("", shape));
    },
  );
});

/** Samples are made from the model and not from our types, which is the point of them. */
const encodeSample = encodeQueryAnswer as (
  action: string,
  output: unknown,
  rest: { readonly requestId: string; readonly form: "xml" },
) => WireAnswer;

/** One of everything; texts are `x`. */
function sampleOf(shape: Shape): unknown {
  switch (shape.kind) {
    case "string":
      return "x";
    case "integer":
      return 1;
    case "blob":
      return Buffer.from("x");
    case "list":
      return [sampleOf(shape.element)];
    case "map":
      return new Map([["x", sampleOf(shape.value)]]);
    case "structure":
      return Object.fromEntries(
        Object.entries(shape.members)
          .filter(([name]) => !NEVER_SHOWN.includes(name))
          .map(([name, member]) => [name, sampleOf(member)]),
      );
  }
}

/** Lists of values, which no message can have. */
const NEVER_SHOWN = ["StringListValues", "BinaryListValues"];

function documentOf(name: string, shape: Shape): string {
  switch (shape.kind) {
    case "string":
      return `<${name}>x</${name}>`;
    case "integer":
      return `<${name}>1</${name}>`;
    case "blob":
      return `<${name}>eA==</${name}>`;
    case "list":
      return documentOf(shape.queryName, shape.element);
    case "map": {
      const entry = documentOf(shape.queryKey, STRING) + documentOf(shape.queryValue, shape.value);
      return `<${shape.queryName}>${entry}</${shape.queryName}>`;
    }
    case "structure": {
      const members = Object.entries(shape.members)
        .filter(([member]) => !NEVER_SHOWN.includes(member))
        .map(([member, inner]) => documentOf(member, inner));
      return name === "" ? members.join("") : `<${name}>${members.join("")}</${name}>`;
    }
  }
}

describe("a difference is found", () => {
  const changed = (action: string, shape: Shape): string[] => {
    const table = { ...INPUTS, [action]: shape };
    return tableDifferences<Shape, Shape>(table, MODEL.inputs, shapeDifferences).slice(
      ON_PURPOSE.length,
    );
  };

  it("in an action that is missing, or that nobody knows", () => {
    const { AddPermission, ...others } = INPUTS;
    const missing = tableDifferences<Shape, Shape>(others, MODEL.inputs, shapeDifferences);
    expect(missing).toContain("AddPermission is missing");
    expect(changed("FooBar", AddPermission)).toEqual(["FooBar is not in the model"]);
  });

  it("in a member that is missing, unknown, of another kind or spelled otherwise", () => {
    const { members } = INPUTS.UntagQueue;
    const { TagKeys, ...others } = members;
    expect(changed("UntagQueue", structure(others))).toEqual(["UntagQueue.TagKeys is missing"]);
    expect(changed("UntagQueue", structure({ ...members, Foo: STRING }))).toEqual([
      "UntagQueue.Foo is not in the model",
    ]);
    expect(changed("UntagQueue", structure({ ...members, TagKeys: STRING }))).toEqual([
      "UntagQueue.TagKeys is string, in the model list",
    ]);
    const renamed = list(TagKeys.element, "Key");
    expect(changed("UntagQueue", structure({ ...members, TagKeys: renamed }))).toEqual([
      "UntagQueue.TagKeys is spelled Key, in the model TagKey",
    ]);
  });

  it("in an error that is missing, unknown, or has another code or status", () => {
    const { OverLimit, ...others } = errorsOf("com.amazonaws.sqs");
    expect(errorDifferences(others)).toEqual(["OverLimit is missing"]);
    const entry = ERRORS.OverLimit;
    expect(errorDifferences({ ...others, OverLimit: { ...entry, httpStatus: 400 } })).toEqual([
      "OverLimit is OverLimit with 400",
    ]);
    expect(errorDifferences({ ...others, OverLimit: entry, FooBar: entry })).toEqual([
      "FooBar is not in the model",
    ]);
  });
});

/** Names of members, and of the members of what a list holds. */
type Paths<T> = {
  [K in keyof T & string]:
    | K
    | (NonNullable<T[K]> extends readonly (infer E)[]
        ? E extends object
          ? `${K}.${keyof E & string}`
          : never
        : never);
}[keyof T & string];

type OfModel<A extends Action> =
  InstanceType<(typeof sdk)[`${A}Command`]> extends {
    resolveMiddleware: (...args: never[]) => (args: never) => Promise<{ output: infer Output }>;
  }
    ? Paths<Required<Omit<Output, "$metadata">>>
    : "unreadable";
type OfOurs<A extends Action> =
  ActionOutput<A> extends undefined ? never : Paths<Required<ActionOutput<A>>>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Answers are types alone, so the compiler compares them: a difference makes a `true` wrong here. */
const ANSWERS: { readonly [A in Action]: Same<OfOurs<A>, OfModel<A>> } = {
  AddPermission: true,
  CancelMessageMoveTask: true,
  ChangeMessageVisibility: true,
  ChangeMessageVisibilityBatch: true,
  CreateQueue: true,
  DeleteMessage: true,
  DeleteMessageBatch: true,
  DeleteQueue: true,
  GetQueueAttributes: true,
  GetQueueUrl: true,
  ListDeadLetterSourceQueues: true,
  ListMessageMoveTasks: true,
  ListQueueTags: true,
  ListQueues: true,
  PurgeQueue: true,
  ReceiveMessage: true,
  RemovePermission: true,
  SendMessage: true,
  SendMessageBatch: true,
  SetQueueAttributes: true,
  StartMessageMoveTask: true,
  TagQueue: true,
  UntagQueue: true,
};

it("answers have the members of the model, to the compiler", () => {
  expect(Object.keys(ANSWERS)).toHaveLength(MODEL.inputs.size);
  // The comparison tells differences: these three would not compile as `true`.
  const lacks: Same<Paths<{ a: string }>, Paths<{ a: string; b: string }>> = false;
  const exceeds: Same<Paths<{ a: { b: 1; c: 1 }[] }>, Paths<{ a: { b: 1 }[] }>> = false;
  const isUnread: Same<OfOurs<"SendMessage">, OfOurs<"CreateQueue">> = false;
  expect([lacks, exceeds, isUnread]).toEqual([false, false, false]);
});
