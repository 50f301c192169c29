/**
 * The actions on queues, their attributes, tags and permissions: the shapes of their requests and
 * the types of their answers. Two members of the model begin with a small letter.
 */
import { INTEGER, list, map, STRING, structure, tagMap } from "./shape.ts";

const ON_QUEUE = { QueueUrl: STRING } as const;

export const QUEUE_INPUTS = {
  AddPermission: structure({
    ...ON_QUEUE,
    Label: STRING,
    AWSAccountIds: list(STRING, "AWSAccountId"),
    Actions: list(STRING, "ActionName"),
  }),
  CreateQueue: structure({
    QueueName: STRING,
    Attributes: map(STRING, "Attribute"),
    tags: tagMap(),
  }),
  DeleteQueue: structure(ON_QUEUE),
  GetQueueAttributes: structure({ ...ON_QUEUE, AttributeNames: list(STRING, "AttributeName") }),
  GetQueueUrl: structure({ QueueName: STRING, QueueOwnerAWSAccountId: STRING }),
  ListDeadLetterSourceQueues: structure({ ...ON_QUEUE, NextToken: STRING, MaxResults: INTEGER }),
  ListQueueTags: structure(ON_QUEUE),
  ListQueues: structure({ QueueNamePrefix: STRING, NextToken: STRING, MaxResults: INTEGER }),
  PurgeQueue: structure(ON_QUEUE),
  RemovePermission: structure({ ...ON_QUEUE, Label: STRING }),
  SetQueueAttributes: structure({ ...ON_QUEUE, Attributes: map(STRING, "Attribute") }),
  TagQueue: structure({ ...ON_QUEUE, Tags: tagMap() }),
  UntagQueue: structure({ ...ON_QUEUE, TagKeys: list(STRING, "TagKey") }),
} as const;

type Texts = ReadonlyMap<string, string>;

export type QueueOutputs = {
  AddPermission: undefined;
  CreateQueue: { readonly QueueUrl: string };
  DeleteQueue: undefined;
  GetQueueAttributes: { readonly Attributes?: Texts };
  GetQueueUrl: { readonly QueueUrl: string };
  ListDeadLetterSourceQueues: {
    readonly queueUrls?: readonly string[];
    readonly NextToken?: string;
  };
  ListQueueTags: { readonly Tags?: Texts };
  ListQueues: { readonly QueueUrls?: readonly string[]; readonly NextToken?: string };
  PurgeQueue: undefined;
  RemovePermission: undefined;
  SetQueueAttributes: undefined;
  TagQueue: undefined;
  UntagQueue: undefined;
};
