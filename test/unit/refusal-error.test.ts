/** Refusals in SQS's words where no request can reach them cheaply; and the table of errors. */
import { describe, expect, test } from "vitest";
import { ERRORS } from "../../src/protocol/errors.ts";
import { encodeAwsJsonError } from "../../src/protocol/wire-error.ts";
import { batchFailure, wireError } from "../../src/router/refusal-error.ts";
import { ERROR_TABLE } from "../conformance/error-table.ts";

describe("a refusal", () => {
  test("of a receive with too many messages in flight is OverLimit, in two lines [docs]", () => {
    expect(wireError({ kind: "too-many-in-flight" })).toEqual({
      shape: "OverLimit",
      message:
        "Too many messages have been received without being deleted.\nPlease delete your received messages or let them timeout before receiving more.",
    });
  });

  test.each([
    [
      { kind: "resource-does-not-exist", parameterName: "DestinationArn" },
      "ResourceNotFoundException",
      "The resource that you specified for the DestinationArn parameter doesn't exist.",
    ],
    [
      { kind: "move-task-running" },
      "InvalidParameterValueException",
      "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    ],
    [{ kind: "move-task-does-not-exist" }, "ResourceNotFoundException", "Task does not exist."],
    [
      { kind: "move-task-not-active" },
      "InvalidParameterValueException",
      "Only active tasks can be cancelled.",
    ],
  ] as const)(
    "of a message move task, $0.kind, has SQS's text [snap, las?]",
    (refusal, shape, message) => {
      expect(wireError(refusal)).toEqual({ shape, message });
    },
  );

  test("that echoes a long text is cut", () => {
    const attributeName = "x".repeat(10_000);
    expect(wireError({ kind: "attribute-unknown", attributeName }).message.length).toBe(2_049);
  });

  test("of a batch's entry carries the code of the Query protocol", () => {
    const refusal = { kind: "receipt-handle-garbage", receiptHandle: "h" } as const;
    expect(batchFailure("a", refusal)).toEqual({
      Id: "a",
      SenderFault: true,
      Code: "ReceiptHandleIsInvalid",
      Message: 'The input receipt handle "h" is not a valid receipt handle.',
    });
  });
});

describe("an error of the shape", () => {
  test.each([...ERROR_TABLE])(
    "%s has the type, code and status of the catalogue",
    (shape, entry) => {
      const [known] = Object.keys(ERRORS).filter((name) => name === shape);
      expect(known).toBe(shape);
      const found = Object.entries(ERRORS).find(([name]) => name === shape)?.[1];
      expect(found?.queryCode).toBe(entry.queryCode);
      expect(found?.httpStatus).toBe(entry.status);
      expect(`${found?.namespace}#${shape}`).toBe(entry.type);
      expect(found?.fault).toBe("Sender");
    },
  );

  test("AccessDeniedException says why under a capital letter [floci]", () => {
    const { status, headers, body } = encodeAwsJsonError({
      shape: "AccessDeniedException",
      message: "no",
    });
    expect({ status, headers, body: JSON.parse(body) }).toEqual({
      status: 403,
      headers: { "x-amzn-query-error": "AccessDenied;Sender" },
      body: { __type: "com.amazon.coral.service#AccessDeniedException", Message: "no" },
    });
  });

  test.each([
    ["InternalFailure", 500],
    ["ServiceUnavailable", 503],
  ] as const)("%s is the receiver's fault", (shape, status) => {
    const encoded = encodeAwsJsonError({ shape, message: "again" });
    expect(encoded.status).toBe(status);
    expect(encoded.headers).toEqual({ "x-amzn-query-error": `${shape};Receiver` });
  });
});
